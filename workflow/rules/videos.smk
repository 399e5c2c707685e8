# Videos → a sketch of each subject → a PCA of each split → every frame projected → features. By subject.


rule sketch_subject:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["sketch"],
    log:
        "{root}/logs/sketch/{source}/{features}/subject{subject}@{key}.log",
    benchmark:
        "{root}/benchmarks/sketch/{source}/{features}/subject{subject}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4200,
        runtime=30,
    params:
        job=arguments,
    message:
        "Sketching the videos of subject {wildcards.subject} of {wildcards.source}"
    shell:
        "python -m drnn sketch {params.job} > {log} 2>&1"


rule place_sequences:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["sequences"],
    log:
        "{root}/logs/sequences/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/sequences/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Placing the sequences of {wildcards.dataset} in their videos"
    shell:
        "python -m drnn sequences {params.job} > {log} 2>&1"


rule multiply_sketches:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["gram"],
    log:
        "{root}/logs/gram/{source}/{features}@{key}.log",
    benchmark:
        "{root}/benchmarks/gram/{source}/{features}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        job=arguments,
    message:
        "Multiplying the sketches of {wildcards.source}"
    shell:
        "python -m drnn gram {params.job} > {log} 2>&1"


rule fit_basis:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["basis"],
    log:
        "{root}/logs/basis/{source}/{features}/{protocol}/split{split}@{key}.log",
    benchmark:
        "{root}/benchmarks/basis/{source}/{features}/{protocol}/split{split}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        job=arguments,
    message:
        "Fitting the PCA of {wildcards.source} for {wildcards.protocol}, split {wildcards.split}"
    shell:
        "python -m drnn basis {params.job} > {log} 2>&1"


rule project_subject:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["project"],
    log:
        "{root}/logs/project/{source}/{features}/subject{subject}@{key}.log",
    benchmark:
        "{root}/benchmarks/project/{source}/{features}/subject{subject}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3600,
        runtime=30,
    params:
        job=arguments,
    message:
        "Projecting the videos of subject {wildcards.subject} of {wildcards.source} on all bases"
    shell:
        "python -m drnn project {params.job} > {log} 2>&1"


rule cut_features:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["cut"],
    log:
        "{root}/logs/cut/{dataset}/{features}/{protocol}/split{split}@{key}.log",
    benchmark:
        "{root}/benchmarks/cut/{dataset}/{features}/{protocol}/split{split}@{key}.tsv"
    wildcard_constraints:
        dataset=names_in("cut", "dataset"),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4200,
        runtime=15,
    params:
        job=arguments,
    message:
        "Gathering {wildcards.features} of {wildcards.dataset} for {wildcards.protocol}, split {wildcards.split}"
    shell:
        "python -m drnn cut {params.job} > {log} 2>&1"
