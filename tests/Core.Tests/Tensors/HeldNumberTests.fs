module MtrlFunctional.Tests.Tensors.HeldNumberTests

open System.Collections.Generic
open Expecto
open Mono.Cecil
open TorchSharp
open MtrlFunctional.Tensors

let private methods (assembly: System.Reflection.Assembly) =
    let rec withNested (parent: TypeDefinition) = [
        yield parent
        yield! Seq.collect withNested parent.NestedTypes
    ]

    AssemblyDefinition.ReadAssembly(assembly.Location).MainModule.Types
    |> Seq.collect withNested
    |> Seq.collect _.Methods
    |> Seq.filter _.HasBody
    |> List.ofSeq

let private called (caller: MethodDefinition) =
    caller.Body.Instructions
    |> Seq.choose (fun instruction ->
        match instruction.Operand with
        | :? MethodReference as target -> Some target.FullName
        | _ -> None)

let private isConversion (name: string) =
    name.Contains "TorchSharp.Scalar::op_Implicit" || name.Contains "::ToScalar"

/// Members of TorchSharp that make a Scalar themselves, or call one that does. Nothing holds it while libtorch reads it.
let private makers =
    let callersOf = Dictionary<string, List<string>>()

    for caller in methods typeof<torch.Tensor>.Assembly do
        for target in called caller do
            match callersOf.TryGetValue target with
            | true, callers -> callers.Add caller.FullName
            | _ -> callersOf[target] <- List [ caller.FullName ]

    let found = HashSet()
    let pending = Stack(Seq.filter isConversion callersOf.Keys)

    while pending.Count > 0 do
        match callersOf.TryGetValue(pending.Pop()) with
        | true, callers ->
            callers
            |> Seq.filter (fun caller -> not (isConversion caller) && found.Add caller)
            |> Seq.iter pending.Push
        | _ -> ()

    found

let ``a number that libtorch reads`` = [
    testCase "is made by TorchSharp in its squares and its softplus"
    <| fun () ->
        makers
        |> Seq.filter (fun name ->
            name.EndsWith "Tensor::square()"
            || name.EndsWith "::softplus(System.Double,System.Double)")
        |> Seq.length
        |> equals 2

    testCase "is held by the caller, in every call of the core and of the kernels"
    <| fun () ->
        [
            for assembly in [ typeof<Layout>.Assembly; typeof<Scalars>.Assembly ] do
                for caller in methods assembly do
                    for target in called caller do
                        if
                            makers.Contains target
                            || isConversion target && caller.DeclaringType.Name <> nameof Scalars
                        then
                            $"{caller.FullName} calls {target}"
        ]
        |> equals []
]
