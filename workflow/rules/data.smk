# Recordings → sequences → splits → features. `recordings` is the rule that all others are made of.


rule recordings:
    """Fetch recordings and verify every file, or make synthetic ones."""
    input:
        inputs,
    output:
        "{root}/<made>",
    log:
        "{root}/logs/<job>.log",
    benchmark:
        "{root}/benchmarks/<job>.tsv"
    pathvars:
        **STEPS["recordings"].pathvars,
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=lambda wildcards: step_of(wildcards).minutes,
        gpu=gpus,
    params:
        command=command,
    message:
        "Getting the recordings of {wildcards.source}"
    shell:
        "python -m drnn {params.command} > {log} 2>&1"


use rule recordings as sequences with:
    """Read and repair recordings of skeletons, or say which frames of which videos are the sequences."""
    pathvars:
        **STEPS["sequences"].pathvars,
    message:
        "Reading the sequences of {wildcards.dataset}"


use rule recordings as split with:
    """Say which sequences train and which test, in all splits of a protocol."""
    pathvars:
        **STEPS["split"].pathvars,
    message:
        "Splitting {wildcards.dataset} by {wildcards.protocol}"


use rule recordings as features with:
    """Compute the features of a split's skeletons, or gather those of its videos."""
    pathvars:
        **STEPS["features"].pathvars,
    message:
        "Computing {wildcards.features} of {wildcards.dataset} for {wildcards.protocol}, split {wildcards.split}"
