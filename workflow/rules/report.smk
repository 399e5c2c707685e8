# All runs → metrics and traces → tables, figures and the page. And a named target for each part of the work.


include: "shown.smk"


report: "../report/overview.rst"


use rule recordings as metrics with:
    """Summarise all runs of a dataset."""
    output:
        **STEPS["metrics"].outputs,
    log:
        STEPS["metrics"].log,
    benchmark:
        STEPS["metrics"].benchmark
    message:
        "Summarising all runs of {wildcards.dataset}"


use rule recordings as traces with:
    """Follow one trained model over one sequence."""
    output:
        **STEPS["traces"].outputs,
    log:
        STEPS["traces"].log,
    benchmark:
        STEPS["traces"].benchmark
    message:
        "Following a trained model of {wildcards.dataset} over one sequence"


use rule recordings as behaviour with:
    """Follow one trained model over all test sequences: motion, derivatives of states, gates."""
    output:
        **STEPS["behaviour"].outputs,
    log:
        STEPS["behaviour"].log,
    benchmark:
        STEPS["behaviour"].benchmark
    message:
        "Following a trained model of {wildcards.dataset} over all test sequences"


use rule recordings as report with:
    """Write the tables, the figures and the page."""
    output:
        **shown("paper"),
    log:
        STEPS["report"].log,
    benchmark:
        STEPS["report"].benchmark
    wildcard_constraints:
        root=PLANS["paper"].root,
    message:
        "Writing the report"


use rule report as demo_report with:
    """Write the tables, the figures and the page of the demo."""
    output:
        **shown("demo"),
    wildcard_constraints:
        root=PLANS["demo"].root,


for experiment, plan in PLANS.items():
    for target, files in targets(plan, experiment).items():

        rule:
            name:
                target
            input:
                files,
            message:
                f"All of {target} is there"
