"""What people have to say of the comparison with history: words beside the numbers of docs/harm/validation.md."""

INTRODUCTION = """\
Each incident is built from what was published of it, and predicted by a model that learnt from the other
incidents and never from this one. Published figures, with their sources, are constants of the project
(`watchward.harm.history`), so `watchward harm validate` works everything on this page out anew. How it is done
and what counts as success was written down before the first prediction, with a log of what was looked at when
and what was changed thereupon: [ADR 0177](../adr/0177-how-the-model-is-tested-against-history.md),
[0178](../adr/0178-needs-add-up.md), [0179](../adr/0179-hospitals-differ.md). Everybody who made the model had
read about these incidents: the numbers were kept apart, the minds could not be.

*Predicted* is what the model says after learning from the others; *nothing learnt* is the [parameter
table](parameters.md), without what was set with the incident in view. Intervals hold 90%. A figure is *inside*
if the published value lies within the interval, and the interval is *narrow* if it reaches no further than 60%
of the estimate to either side. The naive model loses one constant share of everything, learnt from the same
other incidents. Scores are Winkler's interval scores, in shares of ordinary activity; less is better."""

VERDICT = """\
**It falls short.** The first aim is missed by far: not because most figures lie outside (half of them lie
inside, and two thirds where nothing was learnt), but because intervals are too wide to be of use. The second
aim is reached: the interval score is better than the naive model's by more than the 30% that were asked. We
read it so:

- Learning from other incidents made predictions worse, not better. The incidents contradict each other in this
  model: where everything failed (Ireland, Barcelona) more care was lost than it can lose, where one thing or a
  part failed (Synnovis, WannaCry) less was lost than it predicts. What is learnt from the one kind misleads
  about the other. We therefore use the table as it stands, and do not fit it.
- A single missing need takes less than the table says, and everything missing at once takes more than any
  joining of single needs that we allow. Planned care is called off as a whole when nobody can see who is
  coming: that is a decision, and no shortage. The model has no such decisions, and should get them before its
  numbers are made narrower.
- Ranges are wide since most numbers are assumptions. Narrower ones would have held still fewer of these
  figures."""

WHY = {
    "wannacry": """\
All figures lie inside, all intervals are too wide, and estimates are up to twice too high: most of the width is
that nobody published how many computers were lost. We put the same share of every system out, as if each had
failed by itself; in truth it was the same wards and machines that lost all of them, and others that lost none.""",
    "synnovis": """\
Outpatients come out up to nine times too high: that laboratories matter little to most clinics on the day
itself is what Synnovis taught everybody, and nothing else tells the model (with its own row, set with Synnovis
in view, the table says 8,400 in all against 10,152). Emergency care lost nothing that can be seen, and the
model takes an eighth: urgent tests came first, and the model does not know that a tenth of all tests may be all
of the urgent ones. Procedures fell from 814 to 121 in three weeks with laboratories still at a quarter; working
round a loss went faster than the table has it.""",
    "hse": """\
Far too low for outpatients, above all after seven weeks, when four fifths of servers ran and 30% of outpatients
were still not seen. The model has hospitals grow used to paper; the Irish ones did not, and what came back
needed its data typed in first. Predicted from incidents that were mostly milder, this one is where learning did
most damage.""",
    "clinic": """\
On the first days everything planned was called off by decision: 100% is out of the model's reach. Eight days
later it is right about outpatients and surgery, with 30% of servers running.""",
    "america": """\
Eight of ten figures lie inside, by intervals that are as wide as our ignorance of what was lost. Emergency care
is overestimated here too.""",
}

CLINICAL = """\
No other incident published harm, so nothing could be learnt; this is the parameter table as it stands, in which
the split of harm in pathology was itself set with Synnovis in view. *Low* harm (slight and soon over) is set
against the classes minor and significant, *moderate* (treatment or follow-up needed, over in some months)
against considerable, *severe* (lasting, or a shorter life) against major; [ADR
0180](../adr/0180-degrees-of-harm.md) argues it.

The model expects some fourteen times as many patients harmed as were recorded, and its intervals do not reach
down to what was recorded. Nine tenths of its low harm come from tests that waited: two million of them, of
which most were the hospitals' own and already count at the clinic or ward that ordered them, so that the rate
for a test's own harm is applied to several times too many. Most of its severe harm comes from emergency care
that in truth went on. Records of harm are less than harm: nobody looked through the files of patients who came
to grief later and elsewhere. We do not think that this explains a factor of fourteen. The rates are too high,
or reach too many, for a laboratory."""

MISSING = (
    """Adastra, 2022: 111 and out-of-hours care lost their system on 4 August, some of it for six months.
  Reports name who was hit (85% of 111 providers) and how long callers held the line, but no number of calls or visits
  that did not happen, so there is nothing to set a prediction against.""",
    "The clinical side of WannaCry: no harm was reported and no difference in deaths was seen.",
    "Backlogs: for none of these incidents was it published when nobody waited any more.",
    "Care that neighbours took in: only the Californian study saw it, as 7% more visits in the third week.",
)
