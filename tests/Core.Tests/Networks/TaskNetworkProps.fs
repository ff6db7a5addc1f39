namespace MtrlFunctional.Tests.Networks

open FsCheck
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Building and running networks on random numbers.
module internal Nets =
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let sizes tasks : InputSizes = { Tasks = tasks; Features = 5; Context = 4 }

    let build tasks spec =
        Network.build Precision.Full "net" (sizes tasks) spec

    /// Random values of all parameters, also of those that are 0 at first.
    let weightsOf key (network: Module) =
        let layout = Layout.create (network.Parameters @ network.Fixed)
        Layout.views layout (0.5 *. Draw.normal double key [| layout.Length |])

    let input key tasks : NetworkInput = {
        Rows = Draw.normal double (Key.at 1L key) [| int64 tasks; 3L; 5L |]
        Context = Some(Draw.normal double (Key.at 2L key) [| int64 tasks; 1L; 4L |])
        Task = None
        Sequences = None
        IsByRow = false
    }

    /// The parts of a chain.
    let (|Parts|_|) (spec: Spec) =
        spec.TrySettings<(string * Spec) list>()

    let near (a: Tensor) (b: Tensor) =
        Tensor.shape a = Tensor.shape b
        && Seq.forall2 (fun x y -> abs (x - y) < 1e-10) (Tensor.toDoubles a) (Tensor.toDoubles b)

    let gate: Gate = {
        Table = None
        Hidden = [ 6 ]
        Temperature = 0.7
        TopK = None
        Detach = false
    }

    let mixture experts layers selection : Mixture = {
        Experts = experts
        Expert = Spec.layers layers 6 4
        Selection = selection
    }

    let heads: Spec =
        Chain.layer [
            "shared", Spec.mlp 1 6 6
            "relu", Activate.layer Relu
            "head", PerTask.layer (Spec.layers 1 6 2)
        ]

    let projected isShared residual : Spec =
        Projected.layer {
            Shared = Spec.layers 2 7 2
            Rank = 3
            SharedProjections = isShared
            Residual = residual
            Start = ZeroLastMap
        }

    /// All kinds of networks that depend on the task, for four tasks.
    let all: Spec list = [
        heads
        PerTask.layer (Spec.layers 2 6 2)
        Film.layer (Spec.layers 1 6 2)
        FeatureFilm.layer (Spec.layers 1 6 2)
        Experts.layer (mixture 4 1 (Gated gate))
        Experts.layer (mixture 3 2 (Gated { gate with TopK = Some 2; Table = Some 3 }))
        Experts.layer (mixture 4 1 (Scored gate))
        Experts.layer (mixture 3 2 (Scored { gate with TopK = Some 2; Table = Some 3 }))
        Experts.layer (mixture 4 1 OneToOne)
        Experts.layer (mixture 3 0 Ensemble)
        Chain.layer [ "modules", SoftModules.layer { Modules = 3; Units = 6; Output = 2 } ]
        WithTaskEncoder.layer
            (TaskTable.layer 3)
            (Chain.layer [ "context", AppendContext.layer; "trunk", Spec.mlp 1 6 2 ])
        for residual in [ NoResidual; SumResidual; LinearResidual; ProjectResidual ] do
            projected true residual
            projected false residual
        Composed.layer { Sets = 3; Each = Spec.layers 2 6 2 }
        Orthogonal.layer { Experts = 3; Expert = Spec.layers 1 6 5 }
        ForEachTask.layer (
            Chain.layer [
                "context", AppendContext.layer
                "hidden", Spec.mlp 1 6 6
                "norm", LayerNorm.layer
                "head", Spec.mlp 0 0 2
            ]
        )
        Hypernetwork.layer { Target = Spec.layers 1 6 2; HypernetworkHidden = [ 5 ] }
        Hypernetwork.layer {
            Target = { Spec.layers 1 6 2 with Activation = Tanh }
            HypernetworkHidden = []
        }
        for body in
            [
                projected true NoResidual
                Composed.layer { Sets = 3; Each = Spec.layers 2 6 2 }
                Orthogonal.layer { Experts = 3; Expert = Spec.layers 1 6 5 }
            ] do
            FromContext.layer body
        PerGroup.layer [ 0; 1; 0; 2 ] (PerTask.layer (Spec.layers 2 6 2))
        PerGroup.layer [ 1; 0; 0; 1 ] (projected true NoResidual)
        TaskGates.network 2 6 2
        ForEachTask.layer (OwnModules.dense 6 2)
        Chain.layer [ "module", OwnModules.trunk 6; "head", PerTask.layer (Spec.layers 0 0 2) ]
    ]

    /// The same for tasks in another order: the groups of `order[0]`, `order[1]` …
    let rec reordered (order: int list) (spec: Spec) =
        match spec.TrySettings<int list>(), spec.TrySettings<Spec>(), spec with
        | Some groups, Some body, _ -> PerGroup.layer [ for task in order -> groups[task] ] body
        | _, _, Parts parts -> Chain.layer [ for name, part in parts -> name, reordered order part ]
        | _ -> spec

    /// The parameters that `steps` of Adam towards random targets leave unchanged.
    let unchanged steps (network: Module) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed 4L
        let layout = Layout.create network.Parameters
        let first = Layout.initialise double key layout
        let input = input key 4
        let targets = Draw.normal double (Key.at 3L key) [| 4L; 3L; int64 network.Width |]
        let rule = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)

        let step state _ =
            let leaves = Layout.views layout state.Values |> Gradient.leaves
            let loss = Tensor.sum (Tensor.square (network.Run leaves input .- targets))
            AdamState.step rule (fst (Gradient.flat layout leaves [] loss)) state

        let last = List.fold step (AdamState.start first) [ 1..steps ]
        let before, after = Layout.views layout first, Layout.views layout last.Values

        [
            for p in network.Parameters do
                if Tensor.toDoubles before[p.Path] = Tensor.toDoubles after[p.Path] then
                    p.Path
        ]

    /// The weights of a plain network, `tensorOf` each parameter.
    let weightsFor (plain: Module) (tensorOf: Parameter -> Tensor) =
        let layout = Layout.create plain.Parameters
        Layout.views layout (Layout.flatten layout tensorOf)

    /// One task of [tasks; …], as [1; …].
    let only task x = Tensor.narrow 0 (int64 task) 1L x

[<TestFixture; Properties(MaxTest = 20)>]
module ``networks that depend on the task`` =
    open Nets

    /// Features and context of soft modules are equally wide.
    let private fitted spec (input: NetworkInput) =
        match spec with
        | Parts [ "modules", _ ] -> { input with Rows = Tensor.narrow 2 0L 4L input.Rows }
        | _ -> input

    let private built spec =
        match spec with
        | Parts [ "modules", _ ] ->
            Network.build Precision.Full "net" { sizes 4 with Features = 4 } spec
        | _ -> build 4 spec

    [<Property>]
    let ``give permuted tasks permuted outputs`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let order = Tensor.ofLongs [| 4L |] [| 2L; 0L; 3L; 1L |]
        let permute x = Tensor.indexSelect 0 order x

        all
        |> List.forall (fun spec ->
            let network, input = built spec, fitted spec (input key 4)
            let weights = weightsOf key network


            let permuted =
                let layout = Layout.create network.Parameters

                Layout.flatten layout (fun p ->
                    if p.PerTask then
                        permute weights[p.Path]
                    else
                        weights[p.Path])
                |> Layout.views layout

            let moved = {
                NetworkInput.ofRows (permute input.Rows) with
                    Context = Option.map permute input.Context
            }

            let other = built (reordered [ 2; 0; 3; 1 ] spec)
            near (permute (network.Run weights input)) (other.Run permuted moved))

    /// Rows and parameters of other tasks do not matter.
    [<Property>]
    let ``compute the same for one task alone`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let clusters = Clusters [ for i in 0..3 -> [ for e in 0..2 -> e <= i ] ]

        Experts.layer (mixture 3 1 clusters) :: all
        |> List.forall (fun spec ->
            let network, input = built spec, fitted spec (input key 4)
            let layout = Layout.create (network.Parameters @ network.Fixed)
            let weights = weightsOf key network
            let ofAll = network.Run weights input

            [ 0..3 ]
            |> List.forall (fun task ->
                let alone = {
                    NetworkInput.ofRows (only task input.Rows) with
                        Context = Option.map (only task) input.Context
                        Task = Some task
                }

                let taskWeights = Sharing.ofTask layout (int64 task) weights
                near (network.Run taskWeights alone) (only task ofAll)))

    [<Property>]
    let ``keep tasks apart`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed

        all
        |> List.forall (fun spec ->
            let network, input = built spec, fitted spec (input key 4)
            let weights = weightsOf key network
            let first x = Tensor.narrow 0 0L 1L x

            let other = {
                input with
                    Rows =
                        Tensor.cat 0 [|
                            first input.Rows
                            9.0 *. Tensor.narrow 0 1L 3L input.Rows
                        |]
            }

            near (first (network.Run weights input)) (first (network.Run weights other)))

    [<Property>]
    let ``have mixture weights that are positive for the top k and add up to one``
        seed
        (PositiveInt topK)
        soft
        =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key, topK = Key.ofSeed seed, topK % 5 + 1
        let gate = { gate with TopK = if soft then None else Some topK }
        let network = Gating.build "net" (sizes 4) 5 gate
        let mixtureWeights = network.Run (weightsOf key network) (input key 4)
        let rows = Tensor.toDoubles mixtureWeights |> Array.chunkBySize 5

        Tensor.shape mixtureWeights = [| 4L; 1L; 5L |]
        && rows
           |> Array.forall (fun row ->
               abs (Array.sum row - 1.0) < 1e-12
               && Array.forall (fun w -> w >= 0.0) row
               && (soft || Seq.length (Seq.filter (fun w -> w > 0.0) row) = topK))

    /// Adam makes a whole step of any gradient above 0, however small.
    [<Property>]
    let ``give experts that are not selected no weight and no gradient`` seed (PositiveInt topK) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key, topK = Key.ofSeed seed, topK % 4 + 1
        let experts = { gate with Hidden = []; TopK = Some topK }
        let network = Gating.build "net" (sizes 1) 5 experts
        let weights = weightsOf key network |> Gradient.leaves
        let mixtureWeights = network.Run weights (input key 1)

        let loss =
            Tensor.sum (mixtureWeights .* Draw.normal double (Key.at 3L key) [| 5L |])

        let bias = weights["net/trunk/0/bias"]
        let gradient = (Tensor.grad [| bias |] loss)[0]

        let probabilities, slopes =
            Tensor.toDoubles mixtureWeights, Tensor.toDoubles gradient

        let selected = probabilities |> Array.map (fun w -> w > 0.0)

        Seq.length (Seq.filter id selected) = topK
        && Seq.forall2 (fun isSelected slope -> isSelected || slope = 0.0) selected slopes
        && abs (Array.sum probabilities - 1.0) < 1e-12

    /// Whole numbers, most of which are equal.
    [<Property>]
    let ``select the first of equal experts, as many as asked for`` seed (PositiveInt topK) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let topK = topK % 4 + 1
        let draw = Draw.normal double (Key.ofSeed seed) [| 3L; 7L; 5L |]

        let logits =
            Tensor.toType ScalarType.Float64 (Tensor.toType ScalarType.Int64 draw)
            |> Tensor.leaf

        let mixtureWeights = Gating.weigh 5 { gate with TopK = Some topK } logits

        let cost =
            Tensor.sum (mixtureWeights .* Draw.normal double (Key.ofSeed 3L) [| 5L |])

        let rows x =
            Tensor.toDoubles x |> Array.chunkBySize 5

        Array.zip3 (rows logits) (rows mixtureWeights) (rows ((Tensor.grad [| logits |] cost)[0]))
        |> Array.forall (fun (logits, mixtureWeights, slopes) ->
            let expected =
                [ 0..4 ] |> List.sortBy (fun i -> -logits[i], i) |> List.take topK |> List.sort

            let selected = [ 0..4 ] |> List.filter (fun i -> mixtureWeights[i] > 0.0)

            selected = expected
            && List.except selected [ 0..4 ] |> List.forall (fun i -> slopes[i] = 0.0)
            && abs (Array.sum mixtureWeights - 1.0) < 1e-12)

    /// One expert after the other, each as a plain network, and their weighted mean.
    [<Property>]
    let ``mix experts as if each were computed alone`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed

        [ 0; 1; 2 ]
        |> List.forall (fun layers ->
            let mixture = mixture 3 layers (Gated gate)
            let network = build 4 (Experts.layer mixture)
            let weights, input = weightsOf key network, input key 4

            let mixtureWeights =
                (Experts.mixtureWeights "net" (sizes 4) mixture).Run weights input

            let plain = build 4 (Mlp.layer mixture.Expert)

            let expert e =
                let layout = Layout.create plain.Parameters

                Layout.flatten layout (fun p ->
                    Tensor.select 0 (int64 e) weights[p.Path.Replace("net/", "net/expert/")])
                |> Layout.views layout

            let alone =
                [ 0..2 ]
                |> List.map (fun e ->
                    Tensor.narrow 2 (int64 e) 1L mixtureWeights .* plain.Run (expert e) input)
                |> List.reduce (.+)

            near alone (network.Run weights input))

    /// CARE's attention by loops over numbers: weights of each row, from the products of outputs with the task's query.
    [<Property>]
    let ``score experts by the products of their outputs with a query`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let mixture = mixture 3 1 (Scored gate)
        let network = build 4 (Experts.layer mixture)
        let weights, input = weightsOf key network, input key 4
        let query = Gating.query "net/selection" (sizes 4) 4 gate
        let plain = build 4 (Mlp.layer mixture.Expert)

        let expert e =
            let layout = Layout.create plain.Parameters

            let own =
                Layout.flatten layout (fun p ->
                    Tensor.select 0 (int64 e) weights[p.Path.Replace("net/", "net/expert/")])
                |> Layout.views layout

            Tensor.toDoubles (plain.Run own input) |> Array.chunkBySize 4

        let outputs = [| for e in 0..2 -> expert e |]
        let queries = Tensor.toDoubles (query.Run weights input) |> Array.chunkBySize 4

        let expected = [|
            for row in 0 .. outputs[0].Length - 1 do
                let q = queries[row / 3]
                let z = outputs |> Array.map (Array.item row)

                let powers =
                    z
                    |> Array.map (fun z -> exp (Array.sum (Array.map2 (*) z q) / gate.Temperature))

                for k in 0..3 do
                    let weighed = Array.map2 (fun power (z: float[]) -> power * z[k]) powers z
                    Array.sum weighed / Array.sum powers
        |]

        Seq.forall2
            (fun x y -> abs (x - y) < 1e-10)
            expected
            (Tensor.toDoubles (network.Run weights input))

    /// γ = 1 + z A + a and β = z B + b of each feature, before the activation.
    [<Property>]
    let ``modulate each feature`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let network = build 4 (FeatureFilm.layer (Spec.layers 1 6 2))
        let weights, input = weightsOf key network, input key 4
        let context = NetworkInput.context input

        let affine path (x: Tensor) =
            Tensor.matMul x weights[path + "/weight"] .+ weights[path + "/bias"]

        let layer i units x =
            let film = affine $"net/{i}/film" context
            let part first = Tensor.narrow 2 first units film
            affine $"net/{i}" x .* (1.0 +. part 0L) .+ part units

        near (input.Rows |> layer 0 6L |> Tensor.relu |> layer 1 2L) (network.Run weights input)

    /// One expert, or the head of one task, leaves no choice.
    [<Property>]
    let ``of one task or one expert are plain networks`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let input = input key 1

        let same spec plain rename =
            let network, plain = build 1 spec, build 1 plain
            let weights = weightsOf key network
            let layout = Layout.create plain.Parameters

            let own =
                Layout.flatten layout (fun p ->
                    Tensor.reshape (List.toArray p.Shape) weights[rename p.Path])
                |> Layout.views layout

            near (network.Run weights input) (plain.Run own input)

        let expert (path: string) = path.Replace("net/", "net/expert/")

        let plainHeads =
            Chain.layer [
                "shared", Spec.mlp 1 6 6
                "relu", Activate.layer Relu
                "head", Spec.mlp 1 6 2
            ]

        same heads plainHeads id
        && same (PerTask.layer (Spec.layers 2 6 2)) (Spec.mlp 2 6 2) id
        && same (Experts.layer (mixture 1 1 (Gated gate))) (Spec.mlp 1 6 4) expert
        && same (Experts.layer (mixture 1 2 Ensemble)) (Spec.mlp 2 6 4) expert
        && same (Experts.layer (mixture 1 1 OneToOne)) (Spec.mlp 1 6 4) expert

    /// Modules and routing by loops over numbers.
    [<Property>]
    let ``mix modules by the paper's sums`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed

        let spec =
            Chain.layer [ "modules", SoftModules.layer { Modules = 3; Units = 6; Output = 2 } ]

        let network, input = built spec, fitted spec (input key 4)
        let weights = weightsOf key network
        let read name = weights[$"net/modules/{name}"]
        let x = Tensor.reshape [| 12L; 4L |] input.Rows

        let z =
            Tensor.reshape [| 12L; 4L |] (Tensor.expand [| 4L; 3L; 4L |] input.Context.Value)

        let dense name (x: Tensor) =
            Tensor.matMul x (read $"{name}/weight") .+ read $"{name}/bias"

        let logits = dense "routing/1" (Tensor.relu (dense "routing/0" (x .* z)))
        let p = Tensor.softmax 2 (Tensor.reshape [| 12L; 3L; 3L |] logits)

        let entry name i x =
            Tensor.matMul x (Tensor.select 0 i (read $"{name}/weight"))
            .+ Tensor.select 0 i (read $"{name}/bias")

        let m = [ for j in 0L .. 2L -> Tensor.relu (entry "0" j x) ]

        let outputs = [
            for i in 0L .. 2L ->
                m
                |> List.mapi (fun j m ->
                    Tensor.unsqueeze 1 (Tensor.select 1 (int64 j) (Tensor.select 1 i p)) .* m)
                |> List.reduce (.+)
                |> entry "1" i
        ]

        let expected = 1.0 / 3.0 *. List.reduce (.+) outputs
        near (Tensor.reshape [| 4L; 3L; 2L |] expected) (network.Run weights input)

    [<Property>]
    let ``have as many numbers as their shapes`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()

        all
        |> List.forall (fun spec ->
            let network = built spec
            let layout = Layout.create network.Parameters
            let start = Layout.initialise double (Key.ofSeed seed) layout
            let shapes = network.Parameters |> List.map (_.Shape >> List.fold (*) 1L)
            Tensor.count start = List.sum shapes && Network.count network = List.sum shapes)
