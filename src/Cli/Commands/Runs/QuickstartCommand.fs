/// `mtrl quickstart`: a trained policy plays MT10, then a new one learns five of its tasks in minutes.
///
/// Reading order: five, ten (words of the two trainings) → show → film → next → finish → run.
module MtrlFunctional.Cli.Commands.QuickstartCommand

open System
open System.IO
open Argu
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Sac
    | Plain
    | Paper_Lines
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "overrides of its configuration: key=value, e.g. setup.seed=2"
            | Sac -> "train a small MT-SAC on all ten tasks instead: five to ten minutes"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
            | Detach -> "continue when the terminal, or the reader of the output, is closed"

/// MT-PPO on five tasks of MT10 that are learned early.
let five = [
    "preset=fast/mt10"
    "env.tasks=[reach,drawer-close,button-press-topdown,window-open,window-close]"
    "setup.name=quickstart"
    "setup.seed=1"
    "setup.threads=2"
    "experiment.num_train_steps=200000"
    "experiment.eval_freq=100000"
    "experiment.save_freq=50000"
    "agent.on_policy.batch_size=25000"
    "agent.on_policy.minibatch_size=1250"
]

/// MT-SAC on MT10: a small network, a high learning rate, rewards scaled to [0, 1], and a low initial
/// temperature.
let ten = [
    "setup=metaworld"
    "env=metaworld-mt10"
    "agent=state_sac"
    "setup.name=quickstart-sac"
    "setup.seed=1"
    // Synchronising threads costs more than so small a batch gains.
    "setup.threads=1"
    "agent.actor.hidden_dim=128"
    "agent.actor.num_layers=2"
    "agent.multitask.should_use_disentangled_alpha=True"
    "agent.builder.init_temperature=0.1"
    "agent.optimizers.actor.lr=1e-3"
    "agent.optimizers.critic.lr=1e-3"
    "agent.optimizers.alpha.lr=1e-3"
    "env.reward_normalization=scaled"
    "replay_buffer.batch_size=320"
    "experiment.num_train_steps=60000"
    "experiment.eval_freq=5000"
]

/// The policy that is shown first.
let private shipped = "policy:mt10"

/// Three episodes of 500 steps take 19 s at 80 steps a second.
let private show (console: TrainingConsole) =
    use rollout = Rollout.OfRun(shipped, TrainingSession.notice)

    let title =
        $"{shipped}, trained with 'mtrl train preset=fast/mt10-brief', in the ten tasks of MT10"

    let episodes =
        if TrainingSession.isTerminal () && not console.Plain && not console.PaperLines then
            PolicyShow.live AnsiConsole.Console title rollout 3 console.Token
        else
            PolicyShow.plain title rollout 3 console.Token

    printfn
        $"{episodes |> List.sumBy Play.solved} of {episodes |> List.sumBy Array.length} episodes solved.\n"

/// Records an episode of the learned policy; without a graphics library there is a notice.
let private film (run: string) =
    try
        let file = Path.Combine(run, "policy.gif") |> OutputFiles.video "policy.gif"
        use rollout = Rollout.OfRun(run, TrainingSession.notice)

        use recorder =
            new Recording.Recorder(rollout, Cameras.close, (200, 150), Some file, None)

        Play.episode rollout 0 recorder.Add |> ignore
        recorder.Finish() |> List.iter (printfn "%s")
    with :? MtrlException as e ->
        TrainingSession.notice $"no film of the policy: {e.Message}"

let private next (run: string) =
    printfn "\nNow yours:"

    for words, what in
        [
            [ "play"; run ], "what was learned, in the browser"
            [ "watch"; "runs" ], "the curves of all runs on a live page"
            [ "new"; "task"; "arm" ], "a task of your own, which learns in a minute"
            [ "train"; "preset=fast/mt10-brief" ], "all ten tasks, a quarter of an hour"
            [ "train"; "preset=fast/mt50" ], "the fifty of MT50, about two hours"
            [ "list"; "presets" ], "experiments by name"
        ] do
        printfn $"    {Launcher.command words, -41}{what}"

/// What a trained experiment leaves in the folders of its runs.
let private finish (experiment: Experiment) =
    let runs = [
        for seed in Experiment.seeds experiment ->
            RunFolder.OfSeed(experiment.Setup.SaveDir, seed).Path
    ]

    for run in runs do
        film run
        // With the film.
        ReportFiles.ofRun None run |> ReportFiles.save |> ignore

    next (List.last runs)

let private learn console words =
    printfn
        "Now a new policy learns five of the ten tasks from scratch, in about four minutes on two processors."

    SeedRuns.trainAndThen finish console words

let private run (options: ParseResults<Options>) =
    let words = options.GetResults Overrides |> List.concat

    use console =
        new TrainingConsole {
            Plain = options.Contains Plain
            PaperLines = options.Contains Paper_Lines
            Detach = options.Contains Detach
            Until = None
        }

    let words = words @ SeedRuns.assetsOverride ()

    if options.Contains Sac then
        SeedRuns.train console (ten @ words)
    else
        // Before the show: a wrong word is reported at once.
        Given.resolve (five @ words) |> valid |> ignore

        try
            show console
            learn console (five @ words)
        with :? OperationCanceledException ->
            console.ExitCode

let command =
    Command.define
        "quickstart"
        "Shows a trained policy on MT10, then learns five of its tasks in a few minutes."
        [ "mtrl quickstart"; "mtrl quickstart setup.seed=2"; "mtrl quickstart --sac" ]
        run
