# Recordings → repaired skeletons → splits → features.


rule download:
    output:
        **OUTPUTS["download"],
    log:
        "{root}/logs/download/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/download/{dataset}@{key}.tsv"
    wildcard_constraints:
        dataset=datasets_of("download"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        job=arguments,
    message:
        "Downloading and verifying {wildcards.dataset}"
    shell:
        "python -m drnn download {params.job} > {log} 2>&1"


rule synthesise:
    output:
        **OUTPUTS["synthesise"],
    log:
        "{root}/logs/synthesise/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/synthesise/{dataset}@{key}.tsv"
    wildcard_constraints:
        dataset=datasets_of("synthesise"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Making synthetic recordings for {wildcards.dataset}"
    shell:
        "python -m drnn synthesise {params.job} > {log} 2>&1"


rule read_skeletons:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["skeletons"],
    log:
        "{root}/logs/skeletons/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/skeletons/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Reading and repairing the skeletons of {wildcards.dataset}"
    shell:
        "python -m drnn skeletons {params.job} > {log} 2>&1"


rule split_subjects:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["split"],
    log:
        "{root}/logs/split/{dataset}/{protocol}/split{split}@{key}.log",
    benchmark:
        "{root}/benchmarks/split/{dataset}/{protocol}/split{split}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        job=arguments,
    message:
        "Splitting {wildcards.dataset} by {wildcards.protocol}, split {wildcards.split}"
    shell:
        "python -m drnn split {params.job} > {log} 2>&1"


rule compute_features:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["features"],
    log:
        "{root}/logs/features/{dataset}/{features}/{protocol}/split{split}@{key}.log",
    benchmark:
        "{root}/benchmarks/features/{dataset}/{features}/{protocol}/split{split}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Computing {wildcards.features} of {wildcards.dataset} for {wildcards.protocol}, split {wildcards.split}"
    shell:
        "python -m drnn features {params.job} > {log} 2>&1"
