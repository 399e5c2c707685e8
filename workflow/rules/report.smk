# All runs → metrics and traces → tables, figures and the page. And a named target for each part of the work.


include: "shown.smk"


report: "../report/overview.rst"


rule summarise_runs:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["metrics"],
    log:
        "{root}/logs/metrics/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/metrics/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Summarising all runs of {wildcards.dataset}"
    shell:
        "python -m drnn metrics {params.job} > {log} 2>&1"


rule trace_model:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["traces"],
    log:
        "{root}/logs/traces/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/traces/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        job=arguments,
    message:
        "Following a trained model of {wildcards.dataset} over one sequence"
    shell:
        "python -m drnn traces {params.job} > {log} 2>&1"


rule follow_model:
    input:
        unpack(inputs),
    output:
        **OUTPUTS["behaviour"],
    log:
        "{root}/logs/behaviour/{dataset}@{key}.log",
    benchmark:
        "{root}/benchmarks/behaviour/{dataset}@{key}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=10,
    params:
        job=arguments,
    message:
        "Following a trained model of {wildcards.dataset} over all test sequences"
    shell:
        "python -m drnn behaviour {params.job} > {log} 2>&1"


for experiment, plan in PLANS.items():

    rule:
        name:
            f"report_{experiment}"
        input:
            metrics=[ancient(path) for path in plan.report.inputs["metrics"]],
            predictions=[ancient(path) for path in plan.report.inputs["predictions"]],
            traces=[ancient(path) for path in plan.report.inputs["traces"]],
            behaviour=[ancient(path) for path in plan.report.inputs["behaviour"]],
        output:
            **{name: shown(name, path, plan.params.run) for name, path in plan.report.outputs.items()},
        log:
            f"{plan.root}/logs/report/report@{plan.report.key}.log",
        benchmark:
            f"{plan.root}/benchmarks/report/report@{plan.report.key}.tsv"
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            job=plan.report.arguments,
        message:
            "Writing the report"
        shell:
            "python -m drnn report {params.job} > {log} 2>&1"

    for target, files in targets(plan, experiment).items():

        rule:
            name:
                target
            input:
                files,
            message:
                f"All of {target} is there"
