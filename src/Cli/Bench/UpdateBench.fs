/// `mtrl bench update`: the update, the machine's peak and the Python peer, in turns.
module Mtrl.Cli.Bench.UpdateBench

open Mtrl.Cli.Display
open Mtrl.Tensors
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// Updates of each contestant in a round.
[<Literal>]
let private Turn = 10

type private Contest = {
    Full: Sample
    BFloat16: Sample
    /// GFLOP/s, one a round.
    Peaks: float list
    Peers: (Peer.Setting * float list) list
}

let private repeat (work: UpdateWork.Work) = [ for _ in 1..Turn -> Machine.timed work.Update ]

let private compete rounds peak (full: UpdateWork.Work) (low: UpdateWork.Work) peers =
    let start = {
        Full = { Name = "fp32"; Milliseconds = [] }
        BFloat16 = { Name = "bf16"; Milliseconds = [] }
        Peaks = []
        Peers = [ for peer: Peer.Peer in peers -> peer.Setting, [] ]
    }

    // The first turn of each warms up.
    repeat full |> ignore
    repeat low |> ignore

    [ 1..rounds ]
    |> List.fold
        (fun contest _ -> {
            Peaks = peak () :: contest.Peaks
            Full = { contest.Full with Milliseconds = repeat full @ contest.Full.Milliseconds }
            BFloat16 = {
                contest.BFloat16 with
                    Milliseconds = repeat low @ contest.BFloat16.Milliseconds
            }
            Peers = [
                for peer, (setting, times) in List.zip peers contest.Peers ->
                    setting, Peer.run Turn peer @ times
            ]
        })
        start

let private gflops milliseconds = UpdateWork.flops / milliseconds / 1e6

let private line name (times: float list) extra =
    $"  %-34s{name} %8.1f{Sample.median times} ms   (least %.1f{Sample.least times}){extra}"

let private reference (peers: (Peer.Setting * float list) list) =
    let median (_, times) = Sample.median times

    match peers |> List.filter (fun (_, times) -> times <> []) with
    | [] -> None
    | measured ->
        let byDefault = measured |> List.filter (fun (s, _) -> s = Peer.defaults)
        Some(byDefault |> List.map median |> Sample.median, List.minBy median measured)

let private report threads (contest: Contest) (note: string option) =
    let full = Sample.median contest.Full.Milliseconds
    let low = Sample.median contest.BFloat16.Milliseconds
    let peak = Sample.median contest.Peaks

    let compared =
        match reference contest.Peers with
        | None -> [], []
        | Some(byDefault, (setting, times)) ->
            let best = Sample.median times

            [
                "referenceMsDefault", byDefault
                "referenceMsBest", best
                "speedupOverReference", best / full
                "speedupOverReferenceBf16", best / low
            ],
            [ "referenceBestSettings", setting.Name ]

    {
        Numbers =
            [
                "msPerUpdate", full
                "msPerUpdateLeast", Sample.least contest.Full.Milliseconds
                "gflops", gflops full
                "peakGflops", peak
                "peakFraction", gflops full / peak
                "msPerUpdateBf16", low
                "gflopsBf16", gflops low
                "gflopPerUpdate", UpdateWork.flops / 1e9
                "threads", float threads
                "peakMemoryMiB", Machine.peakMemory ()
            ]
            @ fst compared
        Texts =
            snd compared
            @ [ "libtorch", Ops.LibtorchVersion ]
            @ (note |> Option.map (fun text -> "note", text) |> Option.toList)
        Lines = [
            $"MT-SAC update: {UpdateWork.Tasks} tasks, batch {UpdateWork.Tasks * UpdateWork.Rows}, 3×400, %.2f{UpdateWork.flops / 1e9} GFLOP, {threads} threads"
            line
                "fp32"
                contest.Full.Milliseconds
                $"   %.0f{gflops full} GFLOP/s, {Format.percent (gflops full / peak)} of the peak"
            line "bf16 products" contest.BFloat16.Milliseconds $"   %.0f{gflops low} GFLOP/s"
            $"  peak of fp32 products on the same threads: %.0f{peak} GFLOP/s"
            for setting, times in contest.Peers do
                line $"PyTorch, {setting.Name}" times ""
            match reference contest.Peers with
            | Some(_, (setting, times)) ->
                let best = Sample.median times
                $"  %.2f{best / full} times as fast as PyTorch at its best ({setting.Name}); with bf16 %.2f{best / low} times"
            | None -> ()
            yield! note |> Option.map (fun text -> $"  PyTorch skipped: {text}") |> Option.toList
            $"  memory of this process: {Format.number (Machine.peakMemory ())} MiB at most"
        ]
    }

/// On the processor, with the Python peer beside it.
let private onProcessor rounds threads =
    let peers, note =
        match Peer.find () with
        | Ok found ->
            (Peer.defaults :: Peer.settings threads) |> List.choose (Peer.launch found), None
        | Error why -> [], Some why

    try
        use shards = new DataParallel(threads)

        let work precision =
            UpdateWork.Work(Place.cpu, precision, shards)

        let peak () =
            Processor.MeasureGemm(threads, Numeric.Float32)

        let contest =
            compete rounds peak (work Precision.Full) (work Precision.BFloat16) peers

        report threads contest note
    finally
        peers |> List.iter Peer.stop

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
        UpdateWork.Work(place, precision, shards)

    let peak () = devicePeak device

    let contest = compete rounds peak (work Precision.Full) (work Precision.BFloat16) []
    report 1 contest (Some $"the comparison runs on the processor, this ran on {device}")

/// All contestants, in turns, `rounds` times.
let run rounds threads (device: TorchSharp.torch.Device) =
    if device = Ops.Cpu then
        onProcessor rounds threads
    else
        onDevice rounds device
