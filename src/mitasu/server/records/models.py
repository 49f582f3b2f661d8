"""The tables of 診療録管理."""
