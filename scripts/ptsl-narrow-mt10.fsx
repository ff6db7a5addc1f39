// The table of the PTSL paper for MT10 and 200,000 steps in each task, at a sixth of its width and a
// quarter of its batch: an hour and a half of one core for the six rows of a seed. Rewards v1 with
// running normalisation, one goal a task and 150 steps an episode, as the code of the paper has them.
// Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-narrow-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

let environments =
    "env.reward_version=v1 env.reward_normalization=running env.goal_selection=fixed env.horizon=150"

let row name preset words =
    $"{preset} setup.name=ptsl-narrow-{name} {environments} replay_buffer.batch_size=320 {words}"

let projected units =
    $"agent.actor.hidden_dim={units} agent.multitask.pal_cfg.pal_dim=8"

PaperTable.run
    {
        Name = "ptsl-narrow-mt10"
        Title = "PTSL, MT10, width 64, rewards v1, normalised"
        Rows = [
            "MT-SAC", row "mt-sac" "preset=ptsl/mt-sac-mt10" "agent.actor.hidden_dim=64"
            "Soft Modularization",
            row
                "soft-modularization"
                "preset=ptsl/soft-modularization-mt10"
                "agent.actor.hidden_dim=64"
            "CARE", row "care" "preset=ptsl/care-mt10" "agent.actor.hidden_dim=64"
            "CARE-PTSL, 3 hidden layers",
            row "care-ptsl-3-hidden" "preset=ptsl/care-ptsl-3-hidden-mt10" (projected 52)
            "CARE-PTSL, 2 hidden layers",
            row "care-ptsl-2-hidden" "preset=ptsl/care-ptsl-2-hidden-mt10" (projected 64)
            "CARE-PTSL, original start",
            row
                "original-start"
                "preset=ptsl/care-ptsl-3-hidden-mt10"
                $"{projected 52} behaviour.trainable_ptsl_init=False"
        ]
    }
    ("setup.num_seeds=3" :: List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
