"""継続: backups and their proof, media, drills, plans. Leaves evidence; decides no standard."""
