/// Whether a projection of a projected layer would add more parameters than it saves: the rule of the
/// original PTSL program. T tasks, rank p.
module internal MtrlFunctional.Networks.BranchSize

/// Whether W_t is smaller without the projection D before it:
/// fin·p + T (p + 1) p against T (fin + 1) p.
let leavesOutDown tasks rank inputs =
    inputs * rank + tasks * (rank + 1) * rank > tasks * (inputs + 1) * rank

/// Whether W_t with `entering` inputs is smaller without the projection U after it:
/// fout·p + T (entering + 1) p against T (entering + 1) fout.
let leavesOutUp tasks rank entering outputs =
    outputs * rank + tasks * (entering + 1) * rank > tasks * (entering + 1) * outputs
