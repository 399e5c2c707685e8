"""One module per step of the workflow: files in, one function of the package, files out.

Each has ``run(params, inputs, outputs, machine)``: JSON parameters, named input files, named output files, and
what belongs to the machine and not to the experiment. Its imports are the step's code (see drnn.keys).
"""
