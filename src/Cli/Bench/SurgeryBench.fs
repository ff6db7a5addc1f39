/// `mtrl bench surgery`: what combining the gradients of tasks costs, method by method.
module Mtrl.Cli.Bench.SurgeryBench

open MtrlFunctional.Tensors
open Mtrl.Random
open Mtrl.Surgery
open Mtrl.Tensors

[<Literal>]
let private Parameters = 500_000L

let private key = Key.ofSeed 1L |> Key.forPurpose "bench"

/// Random gradients with a common part, so that some pairs agree and some do not.
let private gradients tasks =
    let common = Draw.normal Place.cpu (Key.at 0L key) [| 1L; Parameters |]
    let own = Draw.normal Place.cpu (Key.at 1L key) [| int64 tasks; Parameters |]
    let losses = Array.init tasks (fun i -> 1.0 + Key.uniform (Key.at (int64 i) key))
    TaskGradients.create (own .+ (0.03 *. common)) losses

/// PCGrad as its paper writes it, on whole vectors.
let private onVectors (rows: Tensor) tasks =
    let row i = Ops.Select(rows, 0L, int64 i)
    let squared = Array.init tasks (fun i -> Ops.Item(Ops.Sum(Ops.Square(row i))))

    let meet (p: Tensor) j =
        let product = Ops.Item(Ops.Sum(p .* row j))

        if product < 0.0 then
            p .- ((product / squared[j]) *. row j)
        else
            p

    PcGrad.order tasks key
    |> Array.mapi (fun i others ->
        Tensors.scope Seq.singleton (fun () -> Array.fold meet (Ops.Clone(row i)) others))
    |> Array.reduce (.+)

let private least rounds body =
    body ()
    Sample.least [ for _ in 1..rounds -> Machine.timed body ]

let private inScope (body: unit -> 'a) () =
    use _ = Ops.Scope()
    use _ = Ops.NoGrad()
    body () |> ignore

/// Milliseconds of the parts that methods share, of PCGrad on vectors, and of each method's solve
/// (of GradDrop, which has none, of the whole).
let private measure rounds tasks =
    use _ = Ops.Scope()
    let gradients = gradients tasks
    let gram = Gram.ofRows gradients.Rows

    let problem: Problem = {
        Tasks = Array.init tasks id
        Gram = gram
        Losses = gradients.Losses
        Lengths = Gram.lengths gram
        Sampled = None
        Key = key
    }

    let solve surgery state =
        match Surgery.solve surgery problem state with
        | Combination solution -> solution.Coefficients.Length
        | Elementwise direct -> int (Ops.Count(direct gradients.Rows))

    let shares = Ops.Full([| 1L; int64 tasks |], 0.1, Numeric.Float32, Ops.Cpu)

    [
        "products", least rounds (inScope (fun () -> Gram.ofRows gradients.Rows))
        "combination", least rounds (inScope (fun () -> Ops.MatMul(shares, gradients.Rows)))
        "vectors", least 1 (inScope (fun () -> onVectors gradients.Rows tasks))
        for name, surgery in Surgery.named do
            let state = Surgery.start surgery tasks
            name, least rounds (inScope (fun () -> solve surgery state))
    ]

let private title = [
    "products", "products of all pairs (every method)"
    "combination", "weighted sum (every method)"
    "vectors", "PCGrad on vectors, instead"
    "graddrop", "graddrop, the whole"
]

/// Ten and fifty tasks, on one thread.
let run rounds : Findings =
    Ops.SetThreads 1
    let ten, fifty = measure rounds 10, measure rounds 50

    {
        Numbers = [
            for tasks, times in [ 10, ten; 50, fifty ] do
                for name, milliseconds in times do
                    $"{name}{tasks}Ms", milliseconds
            "load", Machine.load ()
        ]
        Texts = []
        Lines = [
            $"Gradient surgery over {Parameters / 1000L},000 parameters, single precision, one thread; milliseconds"
            sprintf "  %-40s %12s %12s" "" "10 tasks" "50 tasks"
            for (name, ten), (_, fifty) in List.zip ten fifty do
                let name =
                    List.tryFind (fst >> (=) name) title |> Option.fold (fun _ t -> snd t) name

                sprintf "  %-40s %12.3f %12.3f" name ten fifty
            Machine.loadLine ()
        ]
    }
