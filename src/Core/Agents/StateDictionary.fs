namespace MtrlFunctional.Agents

open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// The program whose names a dictionary of parameters has.
[<RequireQualifiedAccess>]
type StateNames =
    /// mtrl, and its fork with PTSL.
    | Mtrl
    /// garage.
    | Garage

/// A parameter of an acting network.
type internal ImportedParameter = {
    /// The name in checkpoints of this library, "actor/trunk/0/weight".
    Name: string
    Shape: int64 list
    /// The name in the dictionary, "actor.model.0.weight".
    Recorded: string
}

/// Acting networks in dictionaries of the original programs' parameters (`state_dict` of PyTorch).
module StateDictionary =
    /// Words of the command line.
    let words = [
        "mtrl", StateNames.Mtrl
        "ptsl", StateNames.Mtrl
        "garage", StateNames.Garage
    ]

    /// Names of SAC's acting networks: the actor, its task encoder, and an encoder that it shares with the critics.
    let private ofMtrl isTheta (name: string, shape) =
        let recorded part path =
            let parameter = Parameter.shared path shape Zeros

            match RecordedNames.ofParameter isTheta part parameter with
            | name when name = path -> None
            | name -> Some name

        let part, path =
            match name.IndexOf '/' with
            | -1 -> name, ""
            | i -> name.Substring(0, i), name.Substring(i + 1)

        match part with
        | RecordedNames.Part.Actor
        | RecordedNames.Part.Fixed
        | RecordedNames.Part.TaskEncoder -> recorded part path
        | RecordedNames.Part.Critic when path.StartsWith("encoder/", StringComparison.Ordinal) ->
            recorded part path
        | _ -> None

    /// Names of the mean of a Gaussian MLP policy. `last` is the index of the last layer.
    let private ofGarage last (name: string, _) =
        match name.Split '/' with
        | [| "policy"; "trunk"; i; kind |] when int i = last ->
            Some $"_module._mean_module._output_layers.0.linear.{kind}"
        | [| "policy"; "trunk"; i; kind |] -> Some $"_module._mean_module._layers.{i}.linear.{kind}"
        | _ -> None

    /// The parameters of the acting networks among the named tensors of a checkpoint. `isTheta`: the agent has
    /// HiP-BMDP's θ.
    [<CompiledName("Parameters")>]
    let internal parameters
        names
        isTheta
        (tensors: (string * int64 list) list)
        : ImportedParameter list =
        let nameOf =
            match names with
            | StateNames.Mtrl -> ofMtrl isTheta
            | StateNames.Garage ->
                let layers =
                    tensors
                    |> List.choose (fun (name, _) ->
                        match name.Split '/' with
                        | [| "policy"; "trunk"; i; "weight" |] -> Some(int i)
                        | _ -> None)

                ofGarage (List.fold max -1 layers)

        tensors
        |> List.choose (fun (name, shape) ->
            nameOf (name, shape)
            |> Option.map (fun recorded -> { Name = name; Shape = shape; Recorded = recorded }))

    /// Whether a parameter is recorded as [units; inputs].
    let private isTransposed (parameter: ImportedParameter) =
        parameter.Shape.Length = 2
        && not (parameter.Name.EndsWith("bias", StringComparison.Ordinal))

    /// The shape of a parameter in the dictionary.
    [<CompiledName("RecordedShape")>]
    let internal recordedShape (parameter: ImportedParameter) =
        if isTransposed parameter then
            List.rev parameter.Shape
        else
            parameter.Shape

    /// Numbers of a parameter in the order of this library's checkpoints. Weights that tasks and experts share are
    /// recorded as [units; inputs]; checkpoints have [inputs; units].
    [<CompiledName("Ordered")>]
    let internal ordered (parameter: ImportedParameter) (numbers: float32[]) =
        match parameter.Shape with
        | [ inputs; units ] when isTransposed parameter ->
            let inputs, units = int inputs, int units
            Array.init numbers.Length (fun i -> numbers[(i % units) * inputs + i / units])
        | _ -> numbers
