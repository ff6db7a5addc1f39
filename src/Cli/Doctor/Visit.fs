/// What `mtrl doctor` looks at, in the order of its table.
module Mtrl.Cli.Doctor.Visit

open System
open System.IO
open System.Runtime.InteropServices
open System.Runtime.Intrinsics.X86
open MtrlFunctional.Physics
open MtrlFunctional.Tensors
open Mtrl.Cli.Display

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

let private processor () =
    let name = proc "/proc/cpuinfo" "model name" |> Option.defaultValue "unknown"
    let flags = proc "/proc/cpuinfo" "flags" |> Option.defaultValue ""
    let has (flag: string) = flags.Split ' ' |> Array.contains flag

    let features = [
        if Avx2.IsSupported then
            "AVX2"
        if Fma.IsSupported then
            "FMA"
        if Avx512F.IsSupported then
            "AVX-512"
        if has "avx512_bf16" then
            "AVX-512 bf16"
        if has "amx_bf16" then
            "AMX bf16"
    ]

    let fact =
        let list = String.concat ", " features
        $"{name}, {Environment.ProcessorCount} threads; {list}"

    if
        Avx2.IsSupported
        || not (RuntimeInformation.ProcessArchitecture = Architecture.X64)
    then
        Finding.ok "processor" fact
    else
        Finding.warning
            "processor"
            fact
            "without AVX2 products are many times slower: take a machine from 2014 or later"

let private memory () =
    match proc "/proc/meminfo" "MemAvailable" with
    | Some text ->
        let gigabytes = float (text.Split ' ' |> Array.head) / 1048576.0
        let fact = $"%.1f{gigabytes} GiB free"

        if gigabytes >= 2.0 then
            Finding.ok "memory" fact
        else
            Finding.warning
                "memory"
                fact
                "MT10 wants about 1 GiB: a smaller replay_buffer.capacity needs less"
    | None -> Finding.ok "memory" "unknown"

let private libtorch () =
    Finding.ok "libtorch" Ops.LibtorchVersion

let private blas () =
    match Processor.BlasKernel with
    | null ->
        Finding.warning
            "BLAS"
            "no OpenBLAS; the reference BLAS is many times slower (other fast ones, as MKL, are well)"
            (apt "libopenblas0-pthread")
    | kernel when
        Avx512F.IsSupported
        && not (List.contains kernel [ "SkylakeX"; "Cooperlake"; "Sapphirerapids" ])
        ->
        Finding.warning
            "BLAS"
            $"OpenBLAS, kernel {kernel}, although this processor has AVX-512"
            "leave MTRL_OPENBLAS_CORETYPE unset"
    | kernel -> Finding.ok "BLAS" $"OpenBLAS, kernel {kernel}"

let private speed () =
    let one = Gemm.peak 1 0.4
    let all = Gemm.peak Processor.Threads 0.4

    let fact =
        $"%.0f{one} GFLOP/s on one thread, %.0f{all} on {Processor.Threads} (fp32 products, 1024³)"

    if one >= 20.0 then
        Finding.ok "speed" fact
    else
        Finding.warning
            "speed"
            fact
            "slow: see BLAS above, and whether other programs are busy (top)"

let private threads () =
    let fact = $"{Processor.Threads} data-parallel on {Environment.ProcessorCount}"

    if Processor.Threads <= Environment.ProcessorCount then
        Finding.ok "threads" fact
    else
        Finding.warning "threads" fact "set MTRL_THREADS to at most the processors of this machine"

/// What this process set for itself, without the reasons.
let private settings () =
    Processor.Settings
    |> Seq.map (fun setting -> Array.head (setting.Split " ("))
    |> String.concat ", "
    |> Finding.ok "settings"

/// Learning works without a GPU, so its absence is no fault.
let private cuda () =
    let fact =
        if Ops.IsCudaAvailable then
            "a GPU is there: setup.device=cuda:0"
        elif File.Exists "/dev/nvidia0" then
            "a GPU is there, but this libtorch is built without CUDA (LIBTORCH=… names another)"
        else
            "no GPU; all runs on the processor"

    Finding.ok "CUDA" fact

let private mujoco () =
    let version = Model.EngineVersion
    Finding.ok "MuJoCo" $"{version / 100}.{version / 10 % 10}.{version % 10}"

let private rendering () =
    let found (names: string list) =
        names
        |> List.tryFind (fun name ->
            let mutable handle = 0n
            NativeLibrary.TryLoad(name, &handle))

    match found [ "libOSMesa.so.8"; "libOSMesa.so.6"; "libOSMesa.so" ], found [ "libEGL.so.1" ] with
    | Some library, _ -> Finding.ok "rendering" $"OSMesa ({library})"
    | None, Some library -> Finding.ok "rendering" $"EGL ({library})"
    | None, None -> Finding.warning "rendering" "neither OSMesa nor EGL" (apt "libosmesa6")

let private dotnet () =
    Finding.ok
        ".NET"
        $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"

/// All findings; a sequence, because measuring takes a second.
let findings () : Finding seq =
    seq {
        dotnet ()
        processor ()
        memory ()
        Finding.guard "libtorch" (apt "libtorch-dev") libtorch
        Finding.guard "BLAS" (apt "libopenblas0-pthread") blas
        Finding.guard "speed" "see libtorch above" speed
        Finding.guard "threads" "set MTRL_THREADS to a whole number" threads
        Finding.guard "settings" "see libtorch above" settings
        Finding.guard "CUDA" "see libtorch above" cuda
        Finding.guard "MuJoCo" (apt "libmujoco-dev") mujoco
        Finding.guard "rendering" (apt "libosmesa6") rendering
    }
