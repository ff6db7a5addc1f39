/// A number for each task that is trained by gradient descent, with its state of Adam.
///
/// Kingma and Ba 2015, arXiv:1412.6980: β₁ 0.9, β₂ 0.999, ε 1e-8. Each task counts steps of its
/// own, so that one which was absent continues where it was.
module internal MtrlFunctional.Surgery.LearnedNumbers

let private first name = name + "/first"
let private second name = name + "/second"
let private steps name = name + "/steps"

/// Before the first step.
let start name (values: float[]) state =
    let zeros = Array.zeroCreate values.Length

    state
    |> SurgeryState.withTask name values
    |> SurgeryState.withTask (first name) zeros
    |> SurgeryState.withTask (second name) zeros
    |> SurgeryState.withTask (steps name) zeros

/// One step of Adam against the gradient.
let adam rate name (gradient: float[]) state =
    let read of' = SurgeryState.perTask (of' name) state
    let mean = Array.map2 (fun m g -> 0.9 * m + 0.1 * g) (read first) gradient

    let square =
        Array.map2 (fun v g -> 0.999 * v + 0.001 * g * g) (read second) gradient

    let taken = read steps |> Array.map ((+) 1.0)

    let moved =
        SurgeryState.perTask name state
        |> Array.mapi (fun i x ->
            let mean = mean[i] / (1.0 - 0.9 ** taken[i])
            let square = square[i] / (1.0 - 0.999 ** taken[i])
            x - rate * mean / (sqrt square + 1e-8))

    state
    |> SurgeryState.withTask name moved
    |> SurgeryState.withTask (first name) mean
    |> SurgeryState.withTask (second name) square
    |> SurgeryState.withTask (steps name) taken
