/// `mtrl export RUN`: the policy of a run as a file that other programs read.
module MtrlFunctional.Cli.Commands.ExportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Run of folder: string
    | [<Mandatory>] Onnx of file: string
    | Step of step: int64
    | Licence of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1, file of a policy, or policy:mt10"
            | Onnx _ -> "file to write: a graph from observation and task to action"
            | Step _ -> "step of the checkpoint (default: the newest complete one)"
            | Licence _ ->
                "licence of the weights, written into the file (default: MIT; of a file, its own)"

let private run (options: ParseResults<Options>) =
    let file = options.GetResult Onnx |> Command.checkedFile "--onnx"

    use policy =
        Policy.Load(
            options.GetResult Run,
            options.TryGetResult Step |> Option.toNullable,
            Given.extensions (),
            TrainingSession.notice
        )

    policy.Save(file, options.TryGetResult Licence |> Option.toObj)
    let kilobytes = (FileInfo file).Length / 1000L

    printfn
        $"""{file}: policy of {Format.plural policy.Tasks.Count "task"} after step {policy.Step:N0}, {policy.ObservationSize} to {policy.ActionSize} numbers, {kilobytes:N0} kB"""

    ExitCode.Done

let command =
    Command.define
        "export"
        "Writes the policy of a run as a file that other programs read."
        [
            "mtrl export runs/quickstart/seed-1 --onnx policy.onnx"
            "mtrl eval policy.onnx --all-goals"
        ]
        run
    |> Command.completingBesideFiles Command.policyNames
