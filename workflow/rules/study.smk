# Settings of a recipe, tried on the training subjects alone: `snakemake --cores 8 study`. No report waits for it.


rule keep_training_side:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["training_side"],
    log:
        "{root}/logs/sequences/{dataset}/training@{key}.log",
    benchmark:
        "{root}/benchmarks/sequences/{dataset}/training@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Keeping the training subjects' sequences for {wildcards.dataset}"
    shell:
        "python -m drnn training_side {params.job} > {log} 2>&1"


rule choose_setting:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["study"],
    log:
        "{root}/logs/study/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/study/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Choosing a setting: {wildcards.dataset}"
    shell:
        "python -m drnn study {params.job} > {log} 2>&1"


rule study:
    input:
        studies,
    message:
        "All studies are there"


for name, job in STUDIES.ends.items():

    rule:
        name:
            f"study_{name}"
        input:
            list(job.outputs.values()),
        message:
            f"All of study_{name} is there"
