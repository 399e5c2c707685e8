# All runs → metrics and traces → tables, figures and the page. And a named target for each part of the work.


report: "../report/overview.rst"


use rule recordings as metrics with:
    """Summarise all runs of a dataset."""
    output:
        **STEPS["metrics"].outputs,
    pathvars:
        **STEPS["metrics"].pathvars,
    message:
        "Summarising all runs of {wildcards.dataset}"


use rule recordings as traces with:
    """Follow one trained model over one sequence."""
    pathvars:
        **STEPS["traces"].pathvars,
    message:
        "Following a trained model of {wildcards.dataset} over one sequence"


use rule recordings as behaviour with:
    """Follow one trained model over all test sequences: motion, derivatives of states, gates."""
    pathvars:
        **STEPS["behaviour"].pathvars,
    message:
        "Following a trained model of {wildcards.dataset} over all test sequences"


use rule recordings as report with:
    """Write the tables, the figures and the page."""
    output:
        **shown("paper"),
    pathvars:
        **STEPS["report"].pathvars,
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


NAMED = targets(PLANS["paper"], "paper") | targets(PLANS["demo"], "demo")
NAMED |= {f"search_{name}": job.makes for name, job in SEARCHES.ends.items()}
for target, files in NAMED.items():

    rule:
        name:
            target
        input:
            files,
        message:
            f"All of {target} is there"
