namespace Benchmarks

open BenchmarkDotNet.Attributes
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Combining the gradients of tasks over 500,000 parameters, on one thread: the inner products that every method needs,
/// and the solution of each from them (of GradDrop, which has none, the whole method).
type Combination() =
    let mutable solve = ignore

    member _.Methods = "products" :: List.map fst Methods.usual

    [<ParamsSource("Methods")>]
    member val Method = "" with get, set

    [<Params(10, 50)>]
    member val Tasks = 0 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        Libtorch.SetThreads 1
        // With a common part, so that only some pairs conflict.
        let common = Inputs.normal "common" [ 1; 500_000 ]
        let losses = Array.init this.Tasks (fun i -> 1.0 + float i / float this.Tasks)

        let rows = Inputs.normal "own" [ this.Tasks; 500_000 ] .+ (0.03 *. common)
        let gram = Gram.ofRows rows

        let problem: Problem = {
            Tasks = Array.init this.Tasks id
            Gram = gram
            Losses = losses
            Lengths = Gram.lengths gram
            Key = Inputs.key
        }

        let work =
            match Methods.usual |> List.tryFind (fst >> (=) this.Method) with
            | None -> fun () -> Gram.ofRows rows |> ignore
            | Some(_, surgery) ->
                let state = surgery.Start this.Tasks

                fun () ->
                    match surgery.Solve problem state with
                    | Combination _ -> ()
                    | Elementwise direct -> direct rows |> ignore

        solve <-
            fun () ->
                use _ = TorchSharp.torch.NewDisposeScope()
                work ()

    [<Benchmark>]
    member _.Combine() = solve ()
