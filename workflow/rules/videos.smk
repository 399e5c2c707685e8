# Videos → a sketch of each subject → a PCA of each split → every frame projected. Some subjects a job.


use rule recordings as sketch with:
    """Decode and describe the videos of some subjects; keep few rows of each that stand for all frames."""
    pathvars:
        **STEPS["sketch"].pathvars,
    message:
        "Sketching the videos of {wildcards.source}, part {wildcards.part}"


use rule recordings as gram with:
    """Multiply the rows of all subjects with each other."""
    pathvars:
        **STEPS["gram"].pathvars,
    message:
        "Multiplying the sketches of {wildcards.source}"


use rule recordings as basis with:
    """Fit the PCA of one split to its training subjects."""
    pathvars:
        **STEPS["basis"].pathvars,
    message:
        "Fitting the PCA of {wildcards.source} for {wildcards.protocol}, split {wildcards.split}"


use rule recordings as project with:
    """Describe the videos of some subjects and project every frame on the bases of all splits."""
    pathvars:
        **STEPS["project"].pathvars,
    message:
        "Projecting the videos of {wildcards.source} on all bases, part {wildcards.part}"
