// Population based training (Jaderberg et al. 2017, arXiv:1711.09846): four members with learning rates of their own train slice by
// slice. After each slice the worst one starts again from the policy of the best, with a learning rate near the best one's; the
// others go on. Results: docs/guides/pipelines.md.
//
//   ./mtrl build
//   dotnet fsi scripts/pipelines/population.fsx      (any key=value words may follow; repeated, it goes on)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Storage

/// Learning rates stay, and policies of all slices are kept.
let common =
    Experiment.preset "fast/mt10-brief"
    |> Experiment.withWords [
        "agent.on_policy.lr_schedule=constant"
        "experiment.save.model.retain_last_n=-1"
    ]
    |> Experiment.withWords (Run.words ())

let slice = int64 common.Schedule.EvalFreq
let slices = int64 common.Schedule.NumTrainSteps / slice

/// A run of the population, from the end of slice `Born` on.
type Member = { Slot: int64; Born: int64; Rate: float; Start: string }

let steps ended m = (ended - m.Born) * slice

let run ended m =
    common
    |> Experiment.withName $"population-{m.Slot}-{m.Born}"
    |> Experiment.withWords [
        $"agent.optimizers.actor.lr={m.Rate}"
        $"agent.start={m.Start}"
        $"experiment.num_train_steps={steps ended m}"
    ]

/// Success and return at the end of a slice, up to which the member trains if it has not.
let result ended m =
    let folder = RunFolder.Of(run ended m)
    let newest = folder.Checkpoints.Newest()

    if isNull newest || newest.Step < steps ended m then
        Run.train (run ended m)

    let evaluations = MetricsLog.Read(folder.MetricsFile, "eval")
    let found = (evaluations |> Seq.find (fun one -> one.Step >= steps ended m)).Values

    let place =
        $"slice {ended} of {slices}, member {m.Slot}, learning rate %.2g{m.Rate}"

    printfn $"""{place}: success {found["success"]:P0}"""
    found["success"], found["episode_reward"]

/// The policy of a member at the end of a slice.
let policy ended m =
    let checkpoints = (RunFolder.Of(run ended m)).Checkpoints

    checkpoints.Steps()
    |> Seq.find (fun step -> step >= steps ended m)
    |> checkpoints.FolderOf

/// A learning rate up to `factor` times as large or as small.
let near rate (factor: float) born slot =
    let key = Key.ofSeed common.Setup.SeedRef |> Key.at born |> Key.at slot
    rate * factor ** (2.0 * Key.uniform key - 1.0)

let next members ended =
    let results = [ for m in members -> result ended m, m ]
    let best, worst = snd (List.maxBy fst results), snd (List.minBy fst results)
    printfn $"member {worst.Slot} starts again from member {best.Slot}"
    let rate = near best.Rate 1.5 ended worst.Slot
    let copy = { worst with Born = ended; Rate = rate; Start = policy ended best }
    [ for m in members -> if m.Slot = worst.Slot then copy else m ]

let first = [
    for slot in 1L .. 4L ->
        { Slot = slot; Born = 0L; Rate = near 7e-4 10.0 0L slot; Start = "null" }
]

let best = List.fold next first [ 1L .. slices - 1L ] |> List.maxBy (result slices)
printfn $"best: {policy slices best}"
