/// `mtrl bench update`: an MT-SAC update, the machine's peak and the Python reference, alternating.
module MtrlFunctional.Cli.Bench.UpdateBench

open MtrlFunctional.Cli.Display
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// Maximum number of updates per candidate and round; slow ones run for about a second.
[<Literal>]
let private UpdatesPerRound = 10

/// Milliseconds of wall-clock and CPU time.
type private Times = (float * float) list

type private Contest = {
    Full: Times
    BFloat16: Times
    /// GFLOP/s, one per round.
    Peaks: float list
    References: (PythonReference.Setting * Times) list
}

let private clock: Times -> float list = List.map fst

let private least = clock >> Sample.least

let private processor: Times -> float = List.map snd >> Sample.least

let private compete rounds peak (full: UpdateWork.Work) (low: UpdateWork.Work) workers =
    let repeat (work: UpdateWork.Work) : Times = [
        for _ in 1..UpdatesPerRound -> Machine.cpuTimed work.Update
    ]

    let reference (worker, (setting, before)) =
        let count =
            match before with
            | [] -> 2
            | _ -> int (1000.0 / Sample.median (clock before)) |> max 1 |> min UpdatesPerRound

        setting, PythonReference.run (string count) worker @ before

    // Warm-up.
    for work in [ full; low ] do
        repeat work |> ignore

    let start = {
        Full = []
        BFloat16 = []
        Peaks = []
        References = [ for worker: PythonReference.Worker in workers -> worker.Setting, [] ]
    }

    (start, seq { 1..rounds })
    ||> Seq.fold (fun contest _ -> {
        Peaks = peak () :: contest.Peaks
        Full = repeat full @ contest.Full
        BFloat16 = repeat low @ contest.BFloat16
        References = List.zip workers contest.References |> List.map reference
    })

let private gflops milliseconds = UpdateWork.flops / milliseconds / 1e6

let private line name times extra =
    $"  %-34s{name} %8.1f{least times} ms   (median %.1f{Sample.median (clock times)}){extra}"

/// Reports minimum times: other load can only increase a time.
let private report title threads (contest: Contest, note: string option) =
    let full, low = least contest.Full, least contest.BFloat16
    let peak, cpu = List.max contest.Peaks, processor contest.Full

    let measured = contest.References |> List.filter (fun (_, times) -> times <> [])

    {
        Numbers = [
            "msPerUpdate", full
            "msPerUpdateMedian", Sample.median (clock contest.Full)
            "processorMsPerUpdate", cpu
            "gflops", gflops full
            "peakGflops", peak
            "peakFraction", gflops full / peak
            "msPerUpdateBf16", low
            "msPerUpdateBf16Median", Sample.median (clock contest.BFloat16)
            "gflopsBf16", gflops low
            "gflopPerUpdate", UpdateWork.flops / 1e9
            "threads", float threads

            if not measured.IsEmpty then
                let best = measured |> List.map (snd >> least) |> List.min
                let byDefault = least (snd measured.Head)
                "referenceMsDefault", byDefault
                "referenceMsBest", best
                "speedupOverReference", best / full
                "speedupOverReferenceBf16", best / low
                "speedupOverReferenceDefault", byDefault / full
                "referenceProcessorMs", measured |> List.collect snd |> processor
        ]
        Texts = [
            if not measured.IsEmpty then
                "referenceBestSettings", (measured |> List.minBy (snd >> least) |> fst).Name
            "libtorch", Libtorch.Version
            for text in Option.toList note do
                "note", text
        ]
        Lines = [
            $"MT-SAC update: {UpdateWork.Tasks} tasks, batch {UpdateWork.Tasks * UpdateWork.Rows}, 3×400, %.2f{UpdateWork.flops / 1e9} GFLOP, {title}"
            line
                "fp32"
                contest.Full
                $"   %.0f{gflops full} GFLOP/s, {Format.percent (gflops full / peak)} of the peak"
            line "bf16 products" contest.BFloat16 $"   %.0f{gflops low} GFLOP/s"
            $"  peak of fp32 products in the same place: %.0f{peak} GFLOP/s"
            $"  CPU time of one fp32 update: %.1f{cpu} ms"
            for setting, times in measured do
                line $"PyTorch, {setting.Name}" times $"   CPU %.0f{processor times} ms"
            if not measured.IsEmpty then
                let setting, times = measured |> List.minBy (snd >> least)

                $"  %.2f{least times / full} times the speed of PyTorch with its best setting ({setting.Name}); with bf16 %.2f{least times / low} times"
            for text in Option.toList note do
                $"  no PyTorch reference: {text}"
        ]
    }

/// fp32 GFLOP/s of large products on a GPU, maximum of several.
let private devicePeak device () =
    use _ = TorchSharp.torch.NewDisposeScope()
    let size = 4096L
    let options = { ScalarType = ScalarType.Float32; Device = device }

    let x =
        Draw.normal options (MtrlFunctional.Randomness.Key.ofSeed 1L) [| size; size |]

    let product () =
        Machine.timed (fun () ->
            (Tensor.matMul x x).Dispose()
            Libtorch.Synchronize device)

    2.0 * float (size * size * size)
    / Sample.least [ for _ in 1..20 -> product () ]
    / 1e6

/// Measures all candidates, alternating, `rounds` times. On a GPU the batch is not split: one stream suffices.
let run rounds threads alone (device: TorchSharp.torch.Device) =
    let isCpu = Libtorch.IsCpu device
    let threads = if isCpu then threads else 1
    use shards = new DataParallel(threads)
    let options = { ScalarType = ScalarType.Float32; Device = device }

    let work precision =
        UpdateWork.Work(options, UpdateWork.paper precision, shards)

    let peak, settings, title =
        if isCpu then
            (fun () -> Processor.MeasureGemm(threads, ScalarType.Float32)),
            PythonReference.defaults :: PythonReference.settings threads,
            $"{threads} threads"
        else
            devicePeak device, PythonReference.onDevice device, $"on {device}"

    PythonReference.compared alone "sac_update.py" settings (fun workers note ->
        compete rounds peak (work Precision.Full) (work Precision.BFloat16) workers, note)
    |> report title threads
