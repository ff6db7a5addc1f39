/// `mtrl export RUN`: the policy of a run as a file that other programs read.
module MtrlFunctional.Cli.Commands.ExportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display

type Options =
    | [<MainCommand; ExactlyOnce>] Run of folder: string
    | Weights of file: string
    | Onnx of file: string
    | Step of step: int64
    | Licence of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1, file of a policy, or policy:mt10"
            | Weights _ -> "safetensors file to write; it describes its layers in its metadata"
            | Onnx _ -> "ONNX file to write: observation and task to action"
            | Step _ -> "step of the checkpoint (default: the newest complete one)"
            | Licence _ ->
                "licence of the weights, written into the file (default: MIT; of a file, its own)"

let private run (options: ParseResults<Options>) =
    let weights =
        options.TryGetResult Weights |> Option.map (Command.checkedFile "--weights")

    let onnx = options.TryGetResult Onnx |> Option.map (Command.checkedFile "--onnx")

    if weights.IsNone && onnx.IsNone then
        raise (MtrlException "export: name a file, --weights FILE (safetensors) or --onnx FILE.")

    if Option.map Path.GetFullPath weights = Option.map Path.GetFullPath onnx then
        raise (
            MtrlException
                $"export: --weights and --onnx name the same file, {weights.Value}. Name two."
        )

    use policy =
        Policy.Load(options.GetResult Run, options.TryGetResult Step |> Option.toNullable)

    let licence = options.TryGetResult Licence |> Option.toObj

    let report file =
        let kilobytes = (FileInfo file).Length / 1000L

        printfn
            $"""{file}: policy of {Format.plural policy.Tasks.Count "task"} after step {policy.Step:N0}, {policy.ObservationSize} to {policy.ActionSize} numbers, {kilobytes:N0} kB"""

    for file in Option.toList weights do
        policy.Save(file, licence)
        report file

    for file in Option.toList onnx do
        policy.SaveOnnx(file, licence)
        report file

    ExitCode.Done

let command =
    Command.define
        "export"
        "Writes the policy of a run as a file that other programs read."
        [
            "mtrl export runs/quickstart/seed-1 --weights policy.safetensors"
            "mtrl export runs/quickstart/seed-1 --onnx policy.onnx"
            "mtrl eval policy.safetensors --all-goals"
        ]
        run
    |> Command.completingBesideFiles Command.policyNames
