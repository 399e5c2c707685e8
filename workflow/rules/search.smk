# Configurations of a recipe, compared on training subjects alone: `snakemake search_all`. No report waits for it.


use rule recordings as search with:
    """Choose a configuration by leave-one-subject-out on the training subjects."""
    output:
        **STEPS["search"].outputs,
    log:
        STEPS["search"].log,
    benchmark:
        STEPS["search"].benchmark
    message:
        "Choosing a configuration: {wildcards.dataset}"


rule search_all:
    """All tables of searches.yaml."""
    input:
        searches,
    message:
        "All searches are there"


for name, job in SEARCHES.ends.items():

    rule:
        name:
            f"search_{name}"
        input:
            job.makes,
        message:
            f"All of search_{name} is there"
