/// `mtrl import FILE`: the policy of another program as a file that this one reads.
module MtrlFunctional.Cli.Commands.ImportCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Agents
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] File of file: string
    | [<Mandatory>] Names of program: string
    | [<Mandatory>] Like of word: string list
    | [<Mandatory; AltCommandLine("-o")>] Out of file: string
    | Prefix of text: string
    | Licence of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | File _ ->
                "safetensors file with the parameters, under the names of PyTorch's state_dict"
            | Names _ -> "program whose names it has: mtrl, ptsl or garage"
            | Like _ ->
                "a run with the same tasks and networks; or the words of one up to the next option, e.g. env=metaworld-mt10 agent=state_sac"
            | Out _ -> "file of the policy to write"
            | Prefix _ -> "beginning of all names in the file, e.g. init/param/"
            | Licence _ -> "licence of the numbers (default: not stated)"

/// The experiment of a run, or of words.
let private experimentOf (words: string list) =
    match words with
    | [ run ] when not (run.Contains '=') -> RunEvaluation.ExperimentOf(run, Given.extensions ())
    | words -> ExperimentBuilder.Resolve(Given.extensions (), words)

let private run (options: ParseResults<Options>) =
    let names = options.GetResult Names |> oneOf StateDictionary.words "--names"
    let target = options.GetResult Out |> Command.checkedFile "--out"

    PolicyImport.Convert(
        options.GetResult File,
        names,
        experimentOf (options.GetResult Like),
        target,
        options.GetResult(Prefix, ""),
        options.GetResult(Licence, "not stated"),
        Given.extensions ()
    )

    use policy = Policy.Load(target, extensions = Given.extensions ())

    printfn
        $"{target}: policy of {policy.Tasks.Count} tasks, {policy.ObservationSize} to {policy.ActionSize} numbers"

    ExitCode.Done

let command =
    Command.define
        "import"
        "Writes the policy of mtrl, PTSL or garage as a file that this program reads."
        [
            "mtrl import actor.safetensors --names mtrl -o policy.onnx --like env=metaworld-mt10 agent=state_sac fidelity=original"
            "mtrl import policy.safetensors --names garage -o mtppo.onnx --like preset=garage/mtppo-mt10"
        ]
        run
