# Recordings → sequences → splits → features. Those of videos: videos.smk.


rule download:
    output:
        **OUTPUTS["download"],
    log:
        "{root}/logs/download/{source}@{key}.log",
    benchmark:
        "{root}/benchmarks/download/{source}@{key}.tsv"
    wildcard_constraints:
        source=names_in("download", "source"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        job=arguments,
    message:
        "Downloading and verifying {wildcards.source}"
    shell:
        "python -m drnn download {params.job} > {log} 2>&1"


rule synthesise_skeletons:
    output:
        **OUTPUTS["synthesise_skeletons"],
    log:
        "{root}/logs/synthesise_skeletons/{source}@{key}.log",
    benchmark:
        "{root}/benchmarks/synthesise_skeletons/{source}@{key}.tsv"
    wildcard_constraints:
        source=names_in("synthesise_skeletons", "source"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Making synthetic skeletons"
    shell:
        "python -m drnn synthesise_skeletons {params.job} > {log} 2>&1"


rule synthesise_videos:
    output:
        **OUTPUTS["synthesise_videos"],
    log:
        "{root}/logs/synthesise_videos/{source}@{key}.log",
    benchmark:
        "{root}/benchmarks/synthesise_videos/{source}@{key}.tsv"
    wildcard_constraints:
        source=names_in("synthesise_videos", "source"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Rendering synthetic videos"
    shell:
        "python -m drnn synthesise_videos {params.job} > {log} 2>&1"


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
        mem_mb=1000,
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
    wildcard_constraints:
        dataset=names_in("features", "dataset"),
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
