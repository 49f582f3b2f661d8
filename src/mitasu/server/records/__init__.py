"""診療録管理: the register of discharges, summaries, statistics, retention. Leaves evidence; decides no standard."""
