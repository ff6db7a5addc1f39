/// `mtrl quickstart`: trains MT10 with a small network in minutes.
module MtrlFunctional.Cli.Commands.QuickstartCommand

open Argu
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Plain
    | Paper_Lines
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "overrides of its configuration: key=value, e.g. setup.seed=2"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
            | Detach -> "train on after the terminal or the reader of the output is closed"

/// Overrides for MT10: a small network, a high learning rate, rewards scaled to [0, 1], and a low
/// initial temperature.
let preset = [
    "setup=metaworld"
    "env=metaworld-mt10"
    "agent=state_sac"
    "setup.name=quickstart"
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

let private run (options: ParseResults<Options>) =
    let words = options.GetResults Overrides |> List.concat

    SeedRuns.train
        "quickstart"
        {
            Plain = options.Contains Plain
            PaperLines = options.Contains Paper_Lines
            Detach = options.Contains Detach
        }
        (preset @ words)

let command =
    Command.define
        "quickstart"
        "Trains a small policy on the ten tasks of MT10 in a few minutes."
        [ "mtrl quickstart"; "mtrl quickstart setup.seed=2" ]
        run
