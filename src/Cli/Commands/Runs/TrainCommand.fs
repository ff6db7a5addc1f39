/// `mtrl train OVERRIDES`: trains one run for each seed, or for each combination of a sweep.
module MtrlFunctional.Cli.Commands.TrainCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Precision of name: string
    | Plain
    | Paper_Lines
    | Detach
    | Alone
    | Until of step: int64
    | [<AltCommandLine("-m")>] Multirun

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ ->
                "configuration: key=value, e.g. env=metaworld-mt10 agent=state_sac setup.seed=1"
            | Precision _ ->
                "fp32 (default), bf16 (matrix products only) or fp64; same as setup.precision=NAME"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
            | Detach -> "continue when the terminal, or the reader of the output, is closed"
            | Alone -> "train in this process only, although mpirun or srun started others with it"
            | Until _ ->
                "stop after the first evaluation at or after this step, and save; the command without it goes on to the end"
            | Multirun ->
                "train every combination of values: key=a,b, key='choice(a,b)' or key='range(1,4)'"

let private run (options: ParseResults<Options>) =
    let words =
        (options.GetResults Overrides |> List.concat)
        @ SeedRuns.precisionOverride (options.TryGetResult Precision)

    let until = options.TryGetResult Until

    if until |> Option.exists (fun step -> step < 1L) then
        refuse $"--until {until.Value}: must be a step, at least 1."

    let train =
        if options.Contains Multirun then
            SweepRuns.run
        else
            SeedRuns.train

    CrewSession.run
        (options.Contains Alone)
        {
            Plain = options.Contains Plain
            PaperLines = options.Contains Paper_Lines
            Detach = options.Contains Detach
            Until = until
        }
        ("train" :: words)
        (fun console -> train console (words @ SeedRuns.assetsOverride ()))

/// Commands printed in the papers, including `python3 -u main.py`, and in garage's examples are accepted unchanged.
let command =
    Command.define
        "train"
        "Trains an experiment: one run per seed, or a sweep."
        [
            "mtrl train setup=metaworld env=metaworld-mt10 agent=state_sac setup.name=mt10 setup.seed=1"
            "mtrl train preset=ptsl/care-mt10 setup.num_seeds=1"
            "mtrl train -m preset=ptsl/care-mt10 agent.actor.hidden_dim=200,400 setup.seed_ref='range(1,4)'"
        ]
        run
    |> Command.withPaperWords
