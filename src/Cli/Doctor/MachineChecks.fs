/// The checks of `mtrl doctor`, in the order of its table.
module MtrlFunctional.Cli.Doctor.MachineChecks

open System.IO
open System.Runtime.InteropServices
open MtrlFunctional.Cli
open MtrlFunctional.Rendering
open MtrlFunctional.Tensors

let private apt package =
    $"apt-get install {package}, or ./mtrl build"

/// The first value of a key in a file of /proc.
let private proc (file: string) (key: string) =
    if File.Exists file then
        File.ReadLines file
        |> Seq.tryFind _.StartsWith(key)
        |> Option.map (fun line -> line.Substring(line.IndexOf ':' + 1).Trim())
    else
        None

let private memory () =
    match proc "/proc/meminfo" "MemAvailable" with
    | Some text ->
        let gigabytes = float (text.Split ' ' |> Array.head) / 1048576.0
        let value = $"%.1f{gigabytes} GiB free"

        if gigabytes >= 2.0 then
            CheckResult.ok "memory" value
        else
            CheckResult.warning
                "memory"
                value
                "MT10 needs about 1 GiB; reduce replay_buffer.capacity to need less"
    | None -> CheckResult.ok "memory" "unknown"

/// A GPU is optional, so its absence is no problem.
let private cuda (report: ProcessorReport) =
    if report.Cuda then
        "GPU available: setup.device=cuda:0"
    elif File.Exists "/dev/nvidia0" then
        "GPU available, but this libtorch is built without CUDA (MTRL_CUDA=1 ./mtrl build)"
    else
        "no GPU; training uses the processor"

/// The settings that this process made, without their reasons.
let private settings (report: ProcessorReport) =
    report.Settings
    |> Seq.map (fun setting -> Array.head (setting.Split " ("))
    |> String.concat ", "

let private threads (report: ProcessorReport) =
    let value = $"{report.Workers} data-parallel workers on {report.Cores} processors"

    if report.Workers <= report.Cores then
        CheckResult.ok "threads" value
    else
        CheckResult.warning
            "threads"
            value
            "set MTRL_THREADS to at most the processors of this machine"

let private speed (report: ProcessorReport) =
    let one = Processor.MeasureGemm(1, ScalarType.Float32)
    let all = Processor.MeasureGemm(report.Workers, ScalarType.Float32)

    let value =
        $"%.0f{one} GFLOP/s on one thread, %.0f{all} on {report.Workers} (fp32 products, 1024³)"

    if one >= 20.0 then
        CheckResult.ok "speed" value
    else
        CheckResult.warning "speed" value "slow: check whether other programs are busy (top)"

/// Processor, libtorch and kernels, with their warnings.
let private computing () = [
    let report = Processor.Report()
    let features = String.concat ", " report.Features

    let torch =
        if report.IsMarked then
            $"TorchSharp {report.TorchSharp}, marked for a C++ library older than GCC 13's"
        else
            $"TorchSharp {report.TorchSharp}"

    CheckResult.ok "processor" $"{report.Model}, {report.Cores} processors; {features}"
    CheckResult.ok "libtorch" $"{report.Libtorch}; {torch}"
    CheckResult.ok "kernels" report.Kernels

    for warning in report.Warnings do
        CheckResult.warning "kernels" warning.Problem warning.Fix

    threads report
    CheckResult.ok "settings" (settings report)
    speed report
    CheckResult.ok "CUDA" (cuda report)
]

let private mujoco () =
    CheckResult.ok "MuJoCo" (PhysicsEngine.describe (PhysicsEngine.inForce ()))

let private rendering () =
    let library =
        match Graphics.Library with
        | GraphicsLibrary.Egl -> "EGL"
        | _ -> "OSMesa"

    CheckResult.ok "rendering" $"{library}, {Graphics.Device}"

/// ffmpeg is needed for videos as .mp4 only, so its absence is no problem.
let private videos () =
    if VideoFile.IsMp4Available then
        CheckResult.ok "videos" ".gif, .mp4 by ffmpeg"
    else
        CheckResult.ok "videos" "no ffmpeg: .gif only (apt-get install ffmpeg)"

let private dotnet () =
    CheckResult.ok
        ".NET"
        $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"

/// All results; lazy, because the speed measurement takes a second.
let results () : CheckResult seq =
    seq {
        dotnet ()
        memory ()
        yield! CheckResult.guardAll "libtorch" "build again: ./mtrl build" computing
        CheckResult.guard "MuJoCo" (apt "libmujoco-dev") mujoco
        CheckResult.guard "rendering" (apt "libosmesa6") rendering
        videos ()
    }
