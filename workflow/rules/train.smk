# One process and one thread per training: (dataset, recipe, model, split, seed). And the methods beside them.


rule train_model:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["train"],
    log:
        "{root}/logs/train/{dataset}/{model}/{recipe}/{protocol}/split{split}/seed{seed}@{key}.log",
    benchmark:
        "{root}/benchmarks/train/{dataset}/{model}/{recipe}/{protocol}/split{split}/seed{seed}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=120,
        gpu=gpus,
    params:
        job=arguments,
    message:
        "Training {wildcards.model} ({wildcards.recipe}) on {wildcards.dataset}, {wildcards.protocol}, "
        "split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "python -m drnn train {params.job} > {log} 2>&1"


rule classify_otherwise:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["baseline"],
    log:
        "{root}/logs/train/{dataset}/{baseline}/{protocol}/split{split}@{key}.log",
    benchmark:
        "{root}/benchmarks/train/{dataset}/{baseline}/{protocol}/split{split}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=30,
    params:
        job=arguments,
    message:
        "Classifying by {wildcards.baseline} on {wildcards.dataset}, {wildcards.protocol}, split {wildcards.split}"
    shell:
        "python -m drnn baseline {params.job} > {log} 2>&1"
