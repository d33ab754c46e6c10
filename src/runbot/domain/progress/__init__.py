"""How a run moves on: pure changes, each checked against the law.

Every function takes a run and gives a `Change`, or raises `Refused` with a sentence
that says what happened instead. Times are aware UTC datetimes; ids come in.
"""

from runbot.domain.progress.asking import good as good
from runbot.domain.progress.asking import hand_over as hand_over
from runbot.domain.progress.asking import propose_again as propose_again
from runbot.domain.progress.asking import remind as remind
from runbot.domain.progress.changing import change_and_retry as change_and_retry
from runbot.domain.progress.changing import differing as differing
from runbot.domain.progress.children import child_ended as child_ended
from runbot.domain.progress.children import take_child as take_child
from runbot.domain.progress.moves import describe as describe
from runbot.domain.progress.moves import in_doubt as in_doubt
from runbot.domain.progress.moves import running_child as running_child
from runbot.domain.progress.people import abort as abort
from runbot.domain.progress.people import answer as answer
from runbot.domain.progress.people import ask as ask
from runbot.domain.progress.people import expire as expire
from runbot.domain.progress.people import request_pause as request_pause
from runbot.domain.progress.people import resume as resume
from runbot.domain.progress.runs import begin as begin
from runbot.domain.progress.runs import complete as complete
from runbot.domain.progress.runs import fail as fail
from runbot.domain.progress.runs import line_up as line_up
from runbot.domain.progress.runs import pause as pause
from runbot.domain.progress.runs import time_out as time_out
from runbot.domain.progress.steps import again as again
from runbot.domain.progress.steps import begin_attempt as begin_attempt
from runbot.domain.progress.steps import end_attempt as end_attempt
from runbot.domain.progress.steps import fail_step as fail_step
from runbot.domain.progress.steps import let_pass as let_pass
from runbot.domain.progress.steps import open_attempt as open_attempt
from runbot.domain.progress.steps import succeed as succeed
