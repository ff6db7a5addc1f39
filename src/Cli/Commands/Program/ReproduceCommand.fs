/// `mtrl reproduce BUNDLE`: repeats the update at which training stopped.
module MtrlFunctional.Cli.Commands.ReproduceCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Bundle of folder: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Bundle _ -> "folder of a crash bundle, e.g. runs/mt10/seed-1/crash/update-81204"

let private run (options: ParseResults<Options>) =
    let update = UpdateReproduction.Of(options.GetResult Bundle, Given.extensions ())
    printfn $"{update.Message}\n"

    if update.Different.Count = 0 then
        printfn
            $"update {update.Update:N0} repeated: all {update.Names.Count:N0} tensors and losses equal the recorded ones bit by bit."

        ExitCode.Done
    else
        let names = update.Different |> Seq.truncate 5 |> String.concat ", "

        printfn
            $"update {update.Update:N0} repeated: {update.Different.Count:N0} of {update.Names.Count:N0} tensors and losses differ: {names}."

        ExitCode.Failed

let command =
    Command.define
        "reproduce"
        "Repeats the update at which training stopped, from its crash bundle."
        [ "mtrl reproduce runs/mt10/seed-1/crash/update-81204" ]
        run
