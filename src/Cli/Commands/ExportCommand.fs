/// `mtrl export RUN`: the policy of a run as a file that other programs read.
module MtrlFunctional.Cli.Commands.ExportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string
    | [<Mandatory>] Weights of file: string
    | Step of step: int64
    | Licence of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of a run, e.g. runs/quickstart/seed-1"
            | Weights _ -> "safetensors file to write; it describes its layers in its metadata"
            | Step _ -> "step of the checkpoint (default: the newest complete one)"
            | Licence _ -> "licence of the weights, written into the file (default: MIT)"

let private run (options: ParseResults<Options>) =
    let file = options.GetResult Weights |> Command.checkedFile "--weights"

    use policy =
        Policy.Load(options.GetResult Run, options.TryGetResult Step |> Option.toNullable)

    policy.Save(file, options.GetResult(Licence, "MIT"))
    let kilobytes = (FileInfo file).Length / 1000L

    printfn
        $"{file}: policy of {policy.Tasks.Count} tasks after step {policy.Step:N0}, {policy.ObservationSize} to {policy.ActionSize} numbers, {kilobytes:N0} kB"

    ExitCode.Done

let command =
    Command.define
        "export"
        "Writes the policy of a run as a file that other programs read."
        [
            "mtrl export runs/quickstart/seed-1 --weights policy.safetensors"
            "mtrl eval policy.safetensors --all-goals"
        ]
        run
