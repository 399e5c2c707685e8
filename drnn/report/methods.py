"""What the notes under the tables say of recipes, statistics and tests: each term is explained once."""

from drnn.evaluation.pairs import FEWEST_SUBJECTS, MARGIN

HOW_THEY_ARE_TESTED = (
    "Points: the difference of the mean accuracies over all runs, with two bootstrap intervals. The first draws test "
    "sequences, for these subjects and seeds; the second draws subjects, and the runs of both models where each has "
    "several: it says what to expect of other people and seeds. By seeds: half of Welch's 95 % interval over the seeds "
    "alone, for these sequences. Right alone: how many sequences are recognised by more "
    "than half of the first model's runs and not of the second's, and the other way round. p: McNemar's exact test of "
    "these two counts, after Holm's correction for the claims of a table's dataset, protocol and recipe. Detectable: "
    "the smallest difference, in points, that the test finds with 80 % power among so many sequences. A claim holds if "
    "the second interval lies above 0 and p is below 0.05; it does not hold if that interval lies below "
    f"{MARGIN:g} point, the least that matters; otherwise it is undecided. Of fewer than {FEWEST_SUBJECTS} test "
    "subjects there is no second interval (—), and a claim remains undecided: too few people to speak of others."
)
SPLITS = (
    "Over several splits a sequence counts once in each that tests it, as if these were different sequences: the first "
    "interval and the sequences right alone are somewhat too certain. With three splits or more p and the verdict "
    "are therefore those of the corrected resampled t-test (Nadeau & Bengio 2003) of the splits' differences: an "
    "ordinary paired t-test whose variance is larger by what the splits' training sequences have in common. Its "
    "interval takes the place of the second one in the verdict."
)
EFFECTS = (
    "Effect (h): Cohen's h, the difference of 2 asin √accuracy, which weighs a point near 0 or 100 % more than one in "
    "the middle; 0.2 is small, 0.5 medium, 0.8 large. Odds ratio: of the sequences that are right alone, how many are "
    "the first model's for each of the second's, with the exact 95 % interval; above 1 the first model is better; "
    "— where the second has none."
)
OVER_SPLITS = (
    "d_z: the mean of the splits' differences divided by their standard deviation. Over splits: the corrected "
    "resampled t-test of these differences, their mean with its 95 % interval and the two-sided p before Holm's "
    "correction; from three splits on."
)
RECIPES = {
    "paper": "As written: what the paper states; of the points on which it is silent, those that "
    "reports/search/as_written.md varies were chosen on training subjects, the others are listed as choices.",
    "tuned": "Tuned: the layer's equations are the paper's; what stands around them was chosen on training subjects "
    "among the configurations of reports/search/tuned.md, tuned_further.md and tuned_batches.md, each from what the "
    "one before gave. The first base came from an earlier exploration of this data, which compared configurations on "
    "training subjects too, but also looked at some results on the test subjects.",
}
"""What a recipe of this name means."""
ENSEMBLES = "Ensemble: the class of the largest mean of y over the seeds of a model, one result for each split."
OTHER_MODELS = (
    "The claim is that the model named is better than this row's. Points, intervals, p and verdict: as under “Is a "
    "higher order better?”; Holm's correction is for these models and the methods without recurrence together."
)
BY_SPLIT = (
    "Of the accuracies of the splits, each the mean of its seeds: mean, standard deviation, least and greatest. The "
    "last column is the mean under the main protocol."
)
