"""How long an application is kept: the program's rule, as the pages say it. Whoever asks is answered earlier."""

# After the end of the season: public employers keep the records of a hiring decision for so long.
KEPT_YEARS = 2
