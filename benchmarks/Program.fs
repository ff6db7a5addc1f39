module Benchmarks.Program

open BenchmarkDotNet.Configs
open BenchmarkDotNet.Jobs
open BenchmarkDotNet.Running
open BenchmarkDotNet.Toolchains.InProcess.Emit

/// In this process: a generated one would not find the libraries that the build puts beside the program.
[<EntryPoint>]
let main words =
    let job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).AsDefault()
    let config = DefaultConfig.Instance.AddJob job

    BenchmarkSwitcher.FromAssembly(typeof<Updates>.Assembly).Run(words, config)
    |> ignore

    0
