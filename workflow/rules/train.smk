# One process and one thread for a block of trainings of one model. And the non-recurrent baselines.


use rule recordings as train with:
    """Train one model from a block of seeds, each on its split, and score their test sequences."""
    output:
        **STEPS["train"].outputs,
    log:
        STEPS["train"].log,
    benchmark:
        STEPS["train"].benchmark
    message:
        "Training {wildcards.model} ({wildcards.recipe}) on {wildcards.dataset}, {wildcards.protocol}, "
        "block {wildcards.block}"


use rule recordings as baseline with:
    """Classify the test sequences of one split by a non-recurrent method."""
    output:
        **STEPS["baseline"].outputs,
    log:
        STEPS["baseline"].log,
    benchmark:
        STEPS["baseline"].benchmark
    message:
        "Classifying by {wildcards.baseline} on {wildcards.dataset}, {wildcards.protocol}, split {wildcards.split}"
