// What the parts of the brief MT-PPO on MT10 contribute: each row leaves one out, and the last trains on rewards v1. Three seeds,
// a quarter of an hour of two cores each. Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ablations-mt10.fsx setup.num_seeds=3      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

let row name words =
    $"preset=fast/mt10-brief setup.name=ablation-{name}-mt10 {words}"

PaperTable.run
    {
        Name = "ablations-mt10"
        Title = "Parts of the brief MT-PPO, MT10"
        Rows = [
            "all parts", row "none" ""
            "training episodes of 500 steps", row "length" "agent.on_policy.episode_length=500"
            "no end after a success", row "end" "agent.on_policy.steps_after_success=null"
            "no PopArt", row "popart" "agent.on_policy.normalize_values=False"
            "no layer normalisation of values",
            row "layer-norm" "agent.on_policy.value_layer_norm=False"
            "observations not scaled",
            row "observations" "agent.on_policy.normalize_observations=False"
            "one σ for all tasks", row "std" "agent.on_policy.std_per_task=False"
            "independent noise", row "noise" "agent.on_policy.noise_correlation=0"
            "no bounds loss", row "bounds" "agent.on_policy.bounds_loss_coefficient=0"
            "as many episodes of each task",
            row
                "episodes"
                "agent.on_policy.min_episodes=null agent.on_policy.max_episodes=null agent.on_policy.episodes_by=progress"
            "rewards v1", row "v1" "env.reward_version=v1"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
