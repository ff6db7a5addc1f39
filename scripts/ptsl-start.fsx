// Compares three initialisations of the task branches of PTSL on a synthetic
// problem: ten tasks whose targets share a large part and differ in a smaller one of low rank.
//
//   ./mtrl build                              (once)
//   dotnet fsi scripts/ptsl-start.fsx         (a minute; docs/networks/ptsl.md has a result)
#load "mtrl.fsx"

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let tasks, rows, inputs, units, outputs, rank, steps = 10, 64, 40, 100, 4, 10, 200

let sizes: InputSizes = { Tasks = tasks; Features = inputs; Context = 0 }
let options = TensorOptions.cpu

let spec isShared residual start =
    Projected.layer {
        Shared = Spec.layers 3 units outputs
        Rank = rank
        SharedProjections = isShared
        Residual = residual
        Start = start
    }

/// All maps of the branches random: an initialisation not offered by the program.
let withoutZeros key (network: Module) (vector: Tensor) =
    let layout = Layout.create network.Parameters
    let views = Layout.views layout vector

    let isMap (p: Parameter) =
        p.Shape.Length > 1 && not (p.Path.EndsWith "bias")

    Layout.flatten layout (fun p ->
        match p.Initialiser with
        | Zeros when isMap p ->
            let random = { p with Initialiser = XavierUniform }
            Layout.initialise options key (Layout.create [ random ])
        | _ -> views[p.Path])

let draw key (shape: int list) =
    Draw.normal options key (shape |> List.map int64 |> List.toArray)

/// Shared and per-task linear teachers, with a tanh between; the rows depend on `part`.
let problem seed part =
    let key = Key.ofSeed seed
    let x = draw (Key.forPurpose part key) [ tasks; rows; inputs ]
    let common = 0.15 *. draw (Key.at 2L key) [ inputs; units ]

    let own =
        0.05
        *. Tensor.bmm
            (draw (Key.at 3L key) [ tasks; inputs; 5 ])
            (draw (Key.at 4L key) [ tasks; 5; units ])

    let read = 0.2 *. draw (Key.at 5L key) [ units; outputs ]
    x, Tensor.detach (Tensor.matMul (Tensor.tanh (Tensor.matMul x common .+ Tensor.bmm x own)) read)

/// Loss before training, loss on new rows after it, and the fraction of unchanged branch parameters.
let train isShared residual start isRandom seed =
    use _ = TorchSharp.torch.NewDisposeScope()
    let network = Network.build Precision.Full "" sizes (spec isShared residual start)
    let layout = Layout.create network.Parameters
    let key = Key.ofSeed seed |> Key.forPurpose "start"
    let first = Layout.initialise options key layout
    let first = if isRandom then withoutZeros key network first else first
    let x, targets = problem seed "training"
    let testRows, testTargets = problem seed "test"
    let rule = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)

    let lossOn x targets weights =
        Tensor.mean (Tensor.square (network.Run weights (NetworkInput.ofRows x) .- targets))

    let step state _ =
        Tensors.scope (AdamState.owns >> Seq.ofList) (fun () ->
            let leaves = Layout.views layout state.Values |> Gradient.leaves

            AdamState.step
                rule
                (fst (Gradient.flat layout leaves [] (lossOn x targets leaves)))
                state)

    let last = List.fold step (AdamState.start first) [ 1..steps ]
    let before, after = Layout.views layout first, Layout.views layout last.Values

    let branch =
        network.Parameters |> List.filter (fun p -> not (p.Path.Contains "shared"))

    let unchanged =
        branch
        |> List.sumBy (fun p ->
            Array.map2
                (fun a b -> if a = b then 1 else 0)
                (Tensor.toFloats before[p.Path])
                (Tensor.toFloats after[p.Path])
            |> Array.sum)

    let all = branch |> List.sumBy Parameter.count

    Tensor.item (lossOn x targets before),
    Tensor.item (lossOn testRows testTargets after),
    float unchanged / float all

printfn
    "variant               start          loss before    new rows, after %i steps   parameters of branches that never changed"
    steps

for isShared, residual, name in
    [
        true, NoResidual, "shared none"
        true, SumResidual, "shared sum"
        true, ProjectResidual, "shared project"
        false, NoResidual, "independent none"
        false, ProjectResidual, "independent project"
    ] do
    for start, isRandom, title in
        [
            ZeroProjections, false, "original"
            ZeroLastMap, false, "last map zero"
            ZeroLastMap, true, "all random"
        ] do
        let results = [ for seed in 1L .. 3L -> train isShared residual start isRandom seed ]
        let mean f = results |> List.averageBy f

        let before, after, unchanged =
            mean (fun (a, _, _) -> a), mean (fun (_, b, _) -> b), mean (fun (_, _, c) -> c)

        printfn
            $"%-20s{name}  %-14s{title} %10.4f{before} %14.5f{after} %12.0f{100.0 * unchanged} %%"
