# Trainings, a block of one model in one process and thread. Non-recurrent baselines. Searches on training subjects.


use rule recordings as train with:
    """Train one model from a block of seeds, each on its split, and score their test sequences."""
    pathvars:
        **STEPS["train"].pathvars,
    message:
        "Training {wildcards.model} ({wildcards.recipe}) on {wildcards.dataset}, {wildcards.protocol}, "
        "block {wildcards.block}"


use rule recordings as baseline with:
    """Classify the test sequences of one split by a non-recurrent method."""
    pathvars:
        **STEPS["baseline"].pathvars,
    message:
        "Classifying by {wildcards.baseline} on {wildcards.dataset}, {wildcards.protocol}, split {wildcards.split}"


use rule recordings as search with:
    """Choose a configuration by leave-one-subject-out on the training subjects."""
    output:
        **STEPS["search"].outputs,
    pathvars:
        **STEPS["search"].pathvars,
    message:
        "Choosing a configuration: {wildcards.dataset}"


rule search_all:
    """All tables of searches.yaml."""
    input:
        searches,
    message:
        "All searches are there"
