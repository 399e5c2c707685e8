# One process and one thread per training: (dataset, recipe, model, split, seed). And the non-recurrent baselines.


use rule recordings as train with:
    """Train one model on one split from one seed, and score its test sequences."""
    output:
        **STEPS["train"].outputs,
    log:
        STEPS["train"].log,
    benchmark:
        STEPS["train"].benchmark
    message:
        "Training {wildcards.model} ({wildcards.recipe}) on {wildcards.dataset}, {wildcards.protocol}, "
        "split {wildcards.split}, seed {wildcards.seed}"


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
