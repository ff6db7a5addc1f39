namespace MtrlFunctional.Networks

open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open TorchSharp

/// What a module computes has to follow from its parameters and its rows alone, each row by itself: then an update is a pure
/// function, threads share the network, and a resumed run equals an uninterrupted one.
module private ModuleCheck =
    let private refuse (it: ModuleInstance) what =
        raise (ArgumentException $"{it.Name} {what}")

    let private shape (x: Tensor) =
        x.shape |> Array.map string |> String.concat "; "

    let private isEqual (x: Tensor) (y: Tensor) = torch.allclose (x, y, 0.0, 0.0, true)

    let private isNear (x: Tensor) (y: Tensor) = torch.allclose (x, y, 1e-4, 1e-5, true)

    /// Rows that differ, of numbers within ±1.
    let private rows features =
        let numbers = [| for i in 1 .. 4 * features -> sin (float i) |]
        TensorOptions.fromDoubles TensorOptions.cpu numbers [| 4L; int64 features |]

    /// Another instance, which has drawn other numbers, is the same but for its parameters.
    let private compare (it: ModuleInstance) (other: ModuleInstance) =
        let outline =
            Array.map (fun struct (name, tensor: Tensor) -> $"{name} [{shape tensor}]")

        let ours, theirs = outline it.Trained, outline other.Trained

        if ours <> theirs then
            let ours, theirs = String.concat ", " ours, String.concat ", " theirs
            refuse it $"has other parameters in each instance: {ours}, then {theirs}."

        for struct (name, x), struct (_, y) in Array.zip it.Constants other.Constants do
            if x.shape <> y.shape || not (isEqual x y) then
                refuse
                    it
                    $"draws '{name}', which is not trained, anew in each instance. Checkpoints store what is trained: make it \
                      a parameter, or draw it from a seed of its own."

    let private checkFloats (it: ModuleInstance) =
        for struct (name, tensor) in it.Trained do
            if not (tensor.is_floating_point ()) then
                refuse
                    it
                    $"has the parameter '{name}' of {tensor.dtype}; parameters are real numbers."

    /// The result for the rows of `x`, [rows; width].
    let private result (it: ModuleInstance) parameters (x: Tensor) =
        let y =
            try
                it.Call(parameters, x)
            with :? InvalidOperationException as failure ->
                refuse
                    it
                    $"failed: {failure.Message} Of the tensors that its constructor makes those stay that are registered, as by \
                      RegisterComponents() at its end."

        if y.dim () <> 2L || y.shape[0] <> x.shape[0] || y.shape[1] = 0L then
            refuse
                it
                $"returned [{shape y}] for rows [{shape x}]; it returns [{x.shape[0]}; width]."

        y

    let private checkState (it: ModuleInstance) parameters x =
        let before = [| for struct (_, constant) in it.Constants -> constant.clone () |]
        let names = [| for struct (name, _) in it.Constants -> name |]

        if SharedModule.Draws(it, parameters, x) then
            refuse
                it
                "draws random numbers in its forward function, as dropout does: equal parameters and observations would give \
                 another policy at each call. Leave that layer out."

        for name, before, struct (_, after) in Array.zip3 names before it.Constants do
            if not (isEqual before after) then
                refuse
                    it
                    $"changes '{name}' in its forward function, as batch normalisation does with its running statistics: an \
                      evaluation would change what is trained. Use layer normalisation, or call eval() in the function that \
                      makes the module."

    let private checkRows it parameters (x: Tensor) (y: Tensor) =
        if
            not (isNear (result it parameters (Tensor.narrow 0 0L 2L x)) (Tensor.narrow 0 0L 2L y))
        then
            refuse
                it
                "mixes the rows of a batch, as batch normalisation does; each row is an observation, and its result depends on \
                 that row alone."

    let private checkGradients (it: ModuleInstance) parameters x =
        let reached = SharedModule.Reached(it, Array.map Tensor.leaf parameters, x)

        match Array.tryFindIndex not reached with
        | None -> ()
        | Some i ->
            let struct (name, _) = it.Trained[i]

            refuse
                it
                $"cannot train '{name}': its result does not depend on it. Leave it out, or replace the layer that has it: \
                  TorchSharp computes some (transformers, recurrent ones) outside .NET, where no other parameters reach them."

    let private stateful = "it has a state that is neither a parameter nor a buffer"

    /// The width of the result. Raises ArgumentException for a module that cannot be trained as a layer.
    let width (it: ModuleInstance) (other: ModuleInstance) features =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        checkFloats it
        compare it other
        let parameters = [| for struct (_, tensor) in it.Trained -> tensor.detach () |]
        let x = rows features
        let y = result it parameters x
        checkState it parameters x

        if not (isEqual y (result it parameters x)) then
            refuse it $"returned two results for the same parameters and rows: {stateful}."

        using (torch.enable_grad ()) (fun _ ->
            checkGradients it parameters x

            if it.Call(parameters, x).requires_grad then
                refuse
                    it
                    "has a parameter that is not registered: call RegisterComponents() at the end of its constructor.")

        if not (isEqual y (result other parameters x)) then
            refuse it $"returned another result in another instance: {stateful}, and differs."

        checkRows it parameters x y
        int y.shape[1]

/// Modules of TorchSharp as they are built.
module private ModuleLayerBuild =
    /// The name of the module, and the layer at a path.
    let build (create: Func<int, torch.nn.Module<Tensor, Tensor>>) path features : string * Module =
        let shared =
            SharedModule(fun () ->
                let made = create.Invoke features

                if isNull (box made) then
                    raise (
                        ArgumentException
                            $"its function returned null for {features} features; it returns a module"
                    )

                made)

        let instance, other = shared.Create 1UL, shared.Create 2UL

        let width =
            try
                try
                    ModuleCheck.width instance other features
                finally
                    other.Dispose()
            with _ ->
                instance.Dispose()
                reraise ()

        let initial i = {
            new IInitialValues with
                member _.Draw key =
                    use drawn = shared.Create(key |> Key.forPurpose path |> Key.bits)
                    let struct (_, tensor) = drawn.Trained[i]
                    use values = tensor.detach ()
                    Tensor.toDoubles values
        }

        let parameters =
            instance.Trained
            |> Array.mapi (fun i (struct (name, tensor)) ->
                let path = Parameter.join path (name.Replace('.', '/'))
                Parameter.shared path (List.ofArray tensor.shape) (Drawn(initial i)))
            |> Array.toList

        shared.Keep instance

        let run (weights: Weights) (input: NetworkInput) =
            let rows = input.Rows
            let given = [| for parameter in parameters -> weights[parameter.Path] |]
            let y = shared.Call(given, Tensor.reshape [| -1L; rows.shape[2] |] rows)
            Tensor.reshape [| rows.shape[0]; rows.shape[1]; -1L |] y

        instance.Name, { Parameters = parameters; Fixed = []; Width = width; Run = run }

    /// As of dense layers with an activation after each: as many as the outputs in the shapes of weights and biases.
    let activationsPerRow (built: Module) =
        built.Parameters
        |> List.sumBy (fun parameter ->
            parameter.Shape |> List.tryHead |> Option.defaultValue 1L |> float)

    let rec layer create : Spec =
        CheckedLayer.create id {
            Spec.Of(
                "ModuleLayer",
                [ create ],
                fun _ path sizes -> build create path sizes.Features |> snd
            ) with
                Describe =
                    fun _ sizes ->
                        let name, built = build create "" sizes.Features
                        $"module {name}, {sizes.Features} → {built.Width}"
                ActivationsPerRow =
                    fun _ sizes -> build create "" sizes.Features |> snd |> activationsPerRow
                OnRow = fun _ _ _ -> Error "a module of TorchSharp"
                // Each task its own parameters.
                Separate = fun () -> Some(ForEachTask.layer (layer create))
        }

/// A `torch.nn.Module` of TorchSharp as a layer, for all tasks alike. It computes rows [rows; features] to [rows; width] with the
/// parameters of the network in the place of its own, whose initial values it draws. Buffers, and parameters that do not require
/// gradients, are constants.
[<AbstractClass; Sealed>]
type ModuleLayer =
    /// The layer in a network: `"trunk", ModuleLayer.Of(fun inputs -> new Trunk(inputs))`. `create` gives a new instance for rows
    /// of as many features; it is called once for each thread, and for initial values.
    static member Of(create: Func<int, torch.nn.Module<Tensor, Tensor>>) : Spec =
        ModuleLayerBuild.layer create
