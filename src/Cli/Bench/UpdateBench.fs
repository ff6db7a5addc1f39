/// `mtrl bench update`: the update, the machine's peak and the Python peer, in turns.
module MtrlFunctional.Cli.Bench.UpdateBench

open MtrlFunctional.Cli.Display
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// Updates of each contestant in a round, at most; slow ones get as many as a second holds.
[<Literal>]
let private Turn = 10

/// Clock and processors, as `Machine.worked`.
type private PeerTimes = { Setting: PythonReference.Setting; Times: (float * float) list }

type private Contest = {
    Full: Sample
    BFloat16: Sample
    /// Milliseconds that the processors worked for each update in full precision.
    Worked: float list
    /// GFLOP/s, one a round.
    Peaks: float list
    Peers: PeerTimes list
}

let private repeat (work: UpdateWork.Work) = [ for _ in 1..Turn -> Machine.worked work.Update ]

let private clock peer = List.map fst peer.Times

let private peerTurn peer before =
    let count =
        match before.Times with
        | [] -> 2
        | _ -> int (1000.0 / Sample.median (clock before)) |> max 1 |> min Turn

    { before with Times = PythonReference.run (string count) peer @ before.Times }

let private compete rounds peak (full: UpdateWork.Work) (low: UpdateWork.Work) peers =
    let start = {
        Full = { Name = "fp32"; Milliseconds = [] }
        BFloat16 = { Name = "bf16"; Milliseconds = [] }
        Worked = []
        Peaks = []
        Peers = [
            for peer: PythonReference.Peer in peers -> { Setting = peer.Setting; Times = [] }
        ]
    }

    // The first turn of each warms up.
    repeat full |> ignore
    repeat low |> ignore

    [ 1..rounds ]
    |> List.fold
        (fun contest _ ->
            let peaks = peak () :: contest.Peaks
            let times, worked = List.unzip (repeat full)
            let low = repeat low |> List.map fst

            {
                Peaks = peaks
                Full = { contest.Full with Milliseconds = times @ contest.Full.Milliseconds }
                Worked = worked @ contest.Worked
                BFloat16 = {
                    contest.BFloat16 with
                        Milliseconds = low @ contest.BFloat16.Milliseconds
                }
                Peers = [
                    for peer, before in List.zip peers contest.Peers -> peerTurn peer before
                ]
            })
        start

let private gflops milliseconds = UpdateWork.flops / milliseconds / 1e6

let private line name (times: float list) extra =
    $"  %-34s{name} %8.1f{Sample.least times} ms   (median %.1f{Sample.median times}){extra}"

let private least peer = Sample.least (clock peer)

/// The peer with its defaults, and the best of all.
let private reference peers =
    match peers |> List.filter (fun peer -> peer.Times <> []) with
    | [] -> None
    | measured ->
        let byDefault =
            measured
            |> List.tryFind (fun peer -> peer.Setting = PythonReference.defaults)
            |> Option.map least
            |> Option.defaultValue nan

        Some(byDefault, List.minBy least measured)

/// Least times count: whatever else the machine does can only add to a time.
let private report threads (contest: Contest) (note: string option) =
    let full = Sample.least contest.Full.Milliseconds
    let low = Sample.least contest.BFloat16.Milliseconds
    let peak = List.max contest.Peaks
    let worked = Sample.least contest.Worked
    let reference = reference contest.Peers

    let compared =
        match reference with
        | None -> []
        | Some(byDefault, best) -> [
            "referenceMsDefault", byDefault
            "referenceMsBest", least best
            "speedupOverReference", least best / full
            "speedupOverReferenceBf16", least best / low
            "speedupOverReferenceDefault", byDefault / full
            "referenceProcessorMs",
            contest.Peers |> List.collect _.Times |> List.map snd |> Sample.least
          ]

    let sentence (_, best) =
        $"  %.2f{least best / full} times as fast as PyTorch at its best ({best.Setting.Name}); with bf16 %.2f{least best / low} times"

    {
        Numbers =
            [
                "msPerUpdate", full
                "msPerUpdateMedian", Sample.median contest.Full.Milliseconds
                "processorMsPerUpdate", worked
                "gflops", gflops full
                "peakGflops", peak
                "peakFraction", gflops full / peak
                "msPerUpdateBf16", low
                "msPerUpdateBf16Median", Sample.median contest.BFloat16.Milliseconds
                "gflopsBf16", gflops low
                "gflopPerUpdate", UpdateWork.flops / 1e9
                "threads", float threads
                "load", Machine.load ()
                "peakMemoryMiB", Machine.peakMemory ()
            ]
            @ compared
        Texts = [
            for _, best in Option.toList reference do
                "referenceBestSettings", best.Setting.Name
            "libtorch", Ops.LibtorchVersion
            for text in Option.toList note do
                "note", text
        ]
        Lines = [
            $"MT-SAC update: {UpdateWork.Tasks} tasks, batch {UpdateWork.Tasks * UpdateWork.Rows}, 3×400, %.2f{UpdateWork.flops / 1e9} GFLOP, {threads} threads"
            line
                "fp32"
                contest.Full.Milliseconds
                $"   %.0f{gflops full} GFLOP/s, {Format.percent (gflops full / peak)} of the peak"
            line "bf16 products" contest.BFloat16.Milliseconds $"   %.0f{gflops low} GFLOP/s"
            $"  peak of fp32 products on the same threads: %.0f{peak} GFLOP/s"
            $"  one fp32 update keeps the processors busy for %.1f{worked} ms"
            for peer in contest.Peers do
                let busy = peer.Times |> List.map snd |> Sample.least
                line $"PyTorch, {peer.Setting.Name}" (clock peer) $"   %.0f{busy} ms of processors"
            yield! reference |> Option.map sentence |> Option.toList
            yield!
                note
                |> Option.map (fun text -> $"  no PyTorch beside it: {text}")
                |> Option.toList
            Machine.loadLine ()
            $"  memory of this process: {Format.number (Machine.peakMemory ())} MiB at most"
        ]
    }

/// On the processor, with the Python peer beside it unless it is to be measured alone.
let private onProcessor rounds threads alone =
    let peers, note =
        match
            (if alone then
                 Error "not asked for"
             else
                 PythonReference.find "sac_update.py")
        with
        | Ok found ->
            (PythonReference.defaults :: PythonReference.settings threads)
            |> List.choose (PythonReference.launch found),
            None
        | Error why -> [], Some why

    try
        use shards = new DataParallel(threads)

        let work precision =
            UpdateWork.Work(TensorOptions.cpu, UpdateWork.paper precision, UpdateWork.Rows, shards)

        let peak () =
            Processor.MeasureGemm(threads, Numeric.Float32)

        let contest =
            compete rounds peak (work Precision.Full) (work Precision.BFloat16) peers

        report threads contest note
    finally
        peers |> List.iter PythonReference.stop

/// fp32 GFLOP/s of large products on a GPU: the best of some.
let private devicePeak device =
    use _ = Ops.Scope()
    let size = 4096L
    let x = Ops.Normal(1UL, [| size; size |], Numeric.Float32, device)

    let product () =
        Machine.timed (fun () ->
            Ops.MatMul(x, x).Dispose()
            Ops.Synchronize device)

    2.0 * float (size * size * size)
    / Sample.least [ for _ in 1..20 -> product () ]
    / 1e6

/// On a GPU the batch is not split: one stream keeps it busy.
let private onDevice rounds (device: TorchSharp.torch.Device) =
    let place = { Numeric = Numeric.Float32; Device = device }
    use shards = new DataParallel(1)

    let work precision =
        UpdateWork.Work(place, UpdateWork.paper precision, UpdateWork.Rows, shards)

    let peak () = devicePeak device

    let contest = compete rounds peak (work Precision.Full) (work Precision.BFloat16) []
    report 1 contest (Some $"the comparison runs on the processor, this ran on {device}")

/// All contestants, in turns, `rounds` times.
let run rounds threads alone (device: TorchSharp.torch.Device) =
    if Ops.IsCpu device then
        onProcessor rounds threads alone
    else
        onDevice rounds device
