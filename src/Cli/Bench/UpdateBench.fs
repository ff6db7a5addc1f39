/// `mtrl bench update`: an MT-SAC update, the machine's peak and the Python reference, alternating.
module MtrlFunctional.Cli.Bench.UpdateBench

open MtrlFunctional.Algorithms
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// Maximum number of updates per candidate and round; slow ones run for about a second.
[<Literal>]
let private UpdatesPerRound = 10

/// Wall-clock and CPU time, as `Machine.cpuTimed`.
type private ReferenceTimes = { Setting: PythonReference.Setting; Times: (float * float) list }

type private Contest = {
    Full: Sample
    /// On a GPU with graphs: full precision without them.
    BFloat16: Sample
    /// CPU milliseconds of each update in full precision.
    Cpu: float list
    /// GFLOP/s, one per round.
    Peaks: float list
    References: ReferenceTimes list
}

let private repeat (work: UpdateWork.Work) = [
    for _ in 1..UpdatesPerRound -> Machine.cpuTimed work.Update
]

let private clock worker = List.map fst worker.Times

let private referenceRound worker before =
    let count =
        match before.Times with
        | [] -> 2
        | _ -> int (1000.0 / Sample.median (clock before)) |> max 1 |> min UpdatesPerRound

    { before with Times = PythonReference.run (string count) worker @ before.Times }

let private compete rounds peak (full: UpdateWork.Work) (low: UpdateWork.Work) references =
    let start = {
        Full = { Name = "fp32"; Milliseconds = [] }
        BFloat16 = { Name = "bf16"; Milliseconds = [] }
        Cpu = []
        Peaks = []
        References = [
            for worker: PythonReference.Worker in references ->
                { Setting = worker.Setting; Times = [] }
        ]
    }

    // Warm-up.
    for work in [ full; low ] do
        repeat work |> ignore

    [ 1..rounds ]
    |> List.fold
        (fun contest _ ->
            let peaks = peak () :: contest.Peaks
            let times, cpu = List.unzip (repeat full)
            let low = repeat low |> List.map fst

            {
                Peaks = peaks
                Cpu = cpu @ contest.Cpu
                Full = { contest.Full with Milliseconds = times @ contest.Full.Milliseconds }
                BFloat16 = {
                    contest.BFloat16 with
                        Milliseconds = low @ contest.BFloat16.Milliseconds
                }
                References = [
                    for worker, before in List.zip references contest.References ->
                        referenceRound worker before
                ]
            })
        start

let private gflops milliseconds = UpdateWork.flops / milliseconds / 1e6

let private line name (times: float list) extra =
    $"  %-34s{name} %8.1f{Sample.least times} ms   (median %.1f{Sample.median times}){extra}"

let private least worker = Sample.least (clock worker)

/// Time of the reference with the first setting, the defaults, and the best setting.
let private reference references =
    match references |> List.filter (fun worker -> worker.Times <> []) with
    | [] -> None
    | measured -> Some(least measured.Head, List.minBy least measured)

/// Reports minimum times: other load can only increase a time.
let private report place threads (contest: Contest) (note: string option) =
    let full = Sample.least contest.Full.Milliseconds
    let low = Sample.least contest.BFloat16.Milliseconds
    let peak = List.max contest.Peaks
    let cpu = Sample.least contest.Cpu
    let reference = reference contest.References

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
            contest.References |> List.collect _.Times |> List.map snd |> Sample.least
          ]

    let sentence (_, best) =
        $"  %.2f{least best / full} times the speed of PyTorch with its best setting ({best.Setting.Name}); with bf16 %.2f{least best / low} times"

    {
        Numbers =
            [
                "msPerUpdate", full
                "msPerUpdateMedian", Sample.median contest.Full.Milliseconds
                "processorMsPerUpdate", cpu
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
            "libtorch", Libtorch.Version
            for text in Option.toList note do
                "note", text
        ]
        Lines = [
            $"MT-SAC update: {UpdateWork.Tasks} tasks, batch {UpdateWork.Tasks * UpdateWork.Rows}, 3×400, %.2f{UpdateWork.flops / 1e9} GFLOP, {place}"
            line
                "fp32"
                contest.Full.Milliseconds
                $"   %.0f{gflops full} GFLOP/s, {Format.percent (gflops full / peak)} of the peak"
            line "bf16 products" contest.BFloat16.Milliseconds $"   %.0f{gflops low} GFLOP/s"
            $"  peak of fp32 products in the same place: %.0f{peak} GFLOP/s"
            $"  CPU time of one fp32 update: %.1f{cpu} ms"
            for worker in contest.References do
                let cpu = worker.Times |> List.map snd |> Sample.least
                line $"PyTorch, {worker.Setting.Name}" (clock worker) $"   CPU %.0f{cpu} ms"
            yield! reference |> Option.map sentence |> Option.toList
            yield!
                note
                |> Option.map (fun text -> $"  no PyTorch reference: {text}")
                |> Option.toList
            Machine.loadLine ()
            $"  peak memory of this process: {Format.number (Machine.peakMemory ())} MiB"
        ]
    }

/// The contest with references in these settings, unless `alone`.
let private withReferences alone settings contest =
    let found =
        if alone then
            Error "disabled by --alone"
        else
            PythonReference.find "sac_update.py"

    let references, note =
        match found with
        | Ok found -> settings |> List.choose (PythonReference.launch found), None
        | Error why -> [], Some why

    try
        contest references, note
    finally
        references |> List.iter PythonReference.stop

/// On the CPU.
let private onProcessor rounds threads alone =
    use shards = new DataParallel(threads)

    let work precision =
        UpdateWork.Work(TensorOptions.cpu, UpdateWork.paper precision, UpdateWork.Rows, shards)

    let peak () =
        Processor.MeasureGemm(threads, ScalarType.Float32)

    compete rounds peak (work Precision.Full) (work Precision.BFloat16)
    |> withReferences alone (PythonReference.defaults :: PythonReference.settings threads)
    ||> report $"{threads} threads" threads

/// fp32 GFLOP/s of large products on a GPU, maximum of several.
let private devicePeak device =
    use _ = TorchSharp.torch.NewDisposeScope()
    let size = 4096L
    let place = { ScalarType = ScalarType.Float32; Device = device }
    let x = Draw.normal place (MtrlFunctional.Randomness.Key.ofSeed 1L) [| size; size |]

    let product () =
        Machine.timed (fun () ->
            (Tensor.matMul x x).Dispose()
            Libtorch.Synchronize device)

    2.0 * float (size * size * size)
    / Sample.least [ for _ in 1..20 -> product () ]
    / 1e6

/// On a GPU; the batch is not split: one stream suffices.
let private onDevice rounds alone (device: TorchSharp.torch.Device) =
    let place = { ScalarType = ScalarType.Float32; Device = device }
    use shards = new DataParallel(1)

    let work precision =
        UpdateWork.Work(place, UpdateWork.paper precision, UpdateWork.Rows, shards)

    let peak () = devicePeak device

    compete rounds peak (work Precision.Full) (work Precision.BFloat16)
    |> withReferences alone (PythonReference.onDevice device)
    ||> report $"on {device}" 1

/// Measures all candidates, alternating, `rounds` times.
let run rounds threads alone (device: TorchSharp.torch.Device) =
    if Libtorch.IsCpu device then
        onProcessor rounds threads alone
    else
        onDevice rounds alone device
