# Settings of a recipe, tried on the training subjects alone: `snakemake --cores 8 search`. No report waits for it.


rule keep_training_sequences:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["training_sequences"],
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
        "python -m drnn training_sequences {params.job} > {log} 2>&1"


rule choose_configuration:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["search"],
    log:
        "{root}/logs/search/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/search/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Choosing a configuration: {wildcards.dataset}"
    shell:
        "python -m drnn search {params.job} > {log} 2>&1"


rule search:
    input:
        searches,
    message:
        "All searches are there"


for name, job in SEARCHES.ends.items():

    rule:
        name:
            f"search_{name}"
        input:
            list(job.outputs.values()),
        message:
            f"All of search_{name} is there"
