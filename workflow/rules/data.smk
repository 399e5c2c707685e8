# Recordings → sequences → splits → features. `recordings` is the rule that all others are made of.


rule recordings:
    """Fetch recordings and verify every file, or make synthetic ones."""
    input:
        unpack(inputs),
    output:
        **STEPS["recordings"].outputs,
    log:
        STEPS["recordings"].log,
    benchmark:
        STEPS["recordings"].benchmark
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
        gpu=gpus,
    params:
        command=command,
    message:
        "Getting the recordings of {wildcards.source}"
    shell:
        "python -m drnn {params.command} > {log} 2>&1"


use rule recordings as sequences with:
    """Read and repair recordings of skeletons, or say which frames of which videos are the sequences."""
    output:
        **STEPS["sequences"].outputs,
    log:
        STEPS["sequences"].log,
    benchmark:
        STEPS["sequences"].benchmark
    message:
        "Reading the sequences of {wildcards.dataset}"


use rule recordings as split with:
    """Say which sequences train and which test, in all splits of a protocol."""
    output:
        **STEPS["split"].outputs,
    log:
        STEPS["split"].log,
    benchmark:
        STEPS["split"].benchmark
    message:
        "Splitting {wildcards.dataset} by {wildcards.protocol}"


use rule recordings as features with:
    """Compute the features of a split's skeletons, or gather those of its videos."""
    output:
        **STEPS["features"].outputs,
    log:
        STEPS["features"].log,
    benchmark:
        STEPS["features"].benchmark
    message:
        "Computing {wildcards.features} of {wildcards.dataset} for {wildcards.protocol}, split {wildcards.split}"
