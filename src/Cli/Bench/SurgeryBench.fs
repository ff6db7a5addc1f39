/// `mtrl bench surgery`: time to combine task gradients, by method.
module MtrlFunctional.Cli.Bench.SurgeryBench

open MtrlFunctional.Tensors
open MtrlFunctional.Training
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery

[<Literal>]
let private Parameters = 500_000L

let private key = Key.ofSeed 1L |> Key.forPurpose "bench"

/// Random gradients with a common part, so that only some pairs conflict.
let private gradients tasks =
    let common = Draw.normal TensorOptions.cpu (Key.at 0L key) [| 1L; Parameters |]

    let own =
        Draw.normal TensorOptions.cpu (Key.at 1L key) [| int64 tasks; Parameters |]

    let losses = Array.init tasks (fun i -> 1.0 + Key.uniform (Key.at (int64 i) key))
    TaskGradients.create (own .+ (0.03 *. common)) losses

/// PCGrad as in its paper, on whole vectors.
let private onVectors (rows: Tensor) tasks =
    let row i = Tensor.select 0 (int64 i) rows

    let squared =
        Array.init tasks (fun i -> Tensor.item (Tensor.sum (Tensor.square (row i))))

    let project (p: Tensor) j =
        let product = Tensor.item (Tensor.sum (p .* row j))

        if product < 0.0 then
            p .- ((product / squared[j]) *. row j)
        else
            p

    TaskOrder.drawn tasks key
    |> Array.mapi (fun i others ->
        Tensors.scope Seq.singleton (fun () -> Array.fold project (Tensor.clone (row i)) others))
    |> Array.reduce (.+)

let private least rounds body =
    body ()
    Sample.least [ for _ in 1..rounds -> Machine.timed body ]

let private inScope (body: unit -> 'a) () =
    use _ = TorchSharp.torch.NewDisposeScope()
    use _ = TorchSharp.torch.no_grad ()
    body () |> ignore

/// Milliseconds of the parts shared by all methods, of PCGrad on vectors, and of each method's
/// solve (for GradDrop, which has none, of the whole method).
let private measure rounds tasks =
    use _ = TorchSharp.torch.NewDisposeScope()
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

    let solve (surgery: Surgery) state =
        match surgery.Solve problem state with
        | Combination solution -> solution.Coefficients.Length
        | Elementwise direct -> int (Tensor.count (direct gradients.Rows))

    let weights = Tensor.full ScalarType.Float32 Libtorch.Cpu 0.1 [| 1L; int64 tasks |]

    [
        "products", least rounds (inScope (fun () -> Gram.ofRows gradients.Rows))
        "combination", least rounds (inScope (fun () -> Tensor.matMul weights gradients.Rows))
        "vectors", least 1 (inScope (fun () -> onVectors gradients.Rows tasks))
        for name, surgery in Methods.usual do
            let state = surgery.Start tasks
            name, least rounds (inScope (fun () -> solve surgery state))
    ]

let private title = [
    "products", "products of all pairs (every method)"
    "combination", "weighted sum (every method)"
    "vectors", "PCGrad on whole vectors"
    "graddrop", "graddrop, whole method"
    "update", "MT-SAC update without surgery"
    "operation", "its task gradients and PCGrad"
]

/// Milliseconds of an update at the paper's size without surgery, and of the part that surgery
/// changes: task gradients of critics and actor, combined by PCGrad.
let private ofUpdate rounds (shards: DataParallel) tasks =
    let config = {
        UpdateWork.paper Precision.Full with
            Tasks = tasks
            ObsSize = UpdateWork.observed + tasks
    }

    let work = UpdateWork.Work(TensorOptions.cpu, config, UpdateWork.Rows, shards)

    let pcGrad = Methods.usual |> List.find (fst >> (=) "pcgrad") |> snd
    let operate () = work.CombineGradients pcGrad

    work.Update()
    operate ()

    let turns = [ for _ in 1..rounds -> Machine.timed work.Update, Machine.timed operate ]

    [
        "update", Sample.least (List.map fst turns)
        "operation", Sample.least (List.map snd turns)
    ]

/// Measures ten and fifty tasks; the methods themselves on one thread.
let run rounds threads : Findings =
    let ofUpdate =
        use shards = new DataParallel(threads)
        [ 10; 50 ] |> List.map (ofUpdate rounds shards)

    Libtorch.SetThreads 1
    let ten = measure rounds 10 @ ofUpdate[0]
    let fifty = measure rounds 50 @ ofUpdate[1]

    {
        Numbers = [
            for tasks, times in [ 10, ten; 50, fifty ] do
                for name, milliseconds in times do
                    $"{name}{tasks}Ms", milliseconds
            "load", Machine.load ()
        ]
        Texts = []
        Lines = [
            $"Gradient surgery over {Parameters / 1000L},000 parameters, single precision, one thread (the update: {threads}); milliseconds"
            sprintf "  %-40s %12s %12s" "" "10 tasks" "50 tasks"
            for (name, ten), (_, fifty) in List.zip ten fifty do
                let name =
                    List.tryFind (fst >> (=) name) title |> Option.fold (fun _ t -> snd t) name

                sprintf "  %-40s %12.3f %12.3f" name ten fifty
            Machine.loadLine ()
        ]
    }
