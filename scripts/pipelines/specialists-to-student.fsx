// Specialists to one student: MT-PPO learns five tasks, each by itself; then one network imitates the five policies. It acts, and the
// specialists tell what they would do (on-policy distillation, Czarnecki et al. 2019, arXiv:1902.02186). Results: docs/guides/pipelines.md.
//
//   ./mtrl build
//   dotnet fsi scripts/pipelines/specialists-to-student.fsx      (any key=value words may follow; repeated, it goes on)
#load "imitation.fsx"

open System.IO
open MtrlFunctional
open MtrlFunctional.Environments.Gym
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Training
open TorchSharp

let tasks =
    List.ofArray ("reach drawer-close button-press-topdown window-open window-close".Split ' ')

let specialist task =
    Experiment.preset "first/reach"
    |> Experiment.withWords [ $"env.benchmark.env_name={task}" ]
    |> Experiment.withWords [ "experiment.num_train_steps=120000" ]
    |> Experiment.withName $"specialist-{task}"
    |> Experiment.withWords (Run.words ())

Run.trainAll "specialists" "Specialists" [ for task in tasks -> task, specialist task ]
let specialists = [ for task in tasks -> Policy.Load (RunFolder.Of(specialist task)).Path ]

/// Tasks, network and episodes of the student, whose policy can start a run of this experiment (agent.start).
let student =
    Experiment.mt10
    |> Experiment.withTasks tasks
    |> Experiment.withAgent "mtppo"
    |> Experiment.withWords [ "agent.actor.hidden_dim=256"; "env.horizon=200" ]
    |> Experiment.withWords [ "experiment.num_eval_episodes=30" ]
    |> Experiment.withName "student"
    |> Experiment.withWords (Run.words ())
    |> Experiment.check
    |> Result.defaultWith (fun mistakes -> failwith $"{mistakes}")
    |> fst

let horizon, columns = student.Environment.Horizon, 39 + tasks.Length
let folder = Directory.CreateDirectory((RunFolder.Of student).Path).FullName
torch.manual_seed student.Setup.SeedRef |> ignore
let network = Imitation.network columns student.Agent.Actor.HiddenDim

let tensor (numbers: float32[]) =
    torch.tensor(numbers).reshape(tasks.Length, -1)

/// Steps of all tasks: the student's rows, with columns for the task, and what the specialists would do.
let play (round: int) = [|
    let options =
        MetaWorldVectorOptions(Seed = uint32 round, OneHot = true, MaxEpisodeSteps = horizon)

    use environments = MetaWorld.MakeVector(tasks, options)
    let mutable rows = environments.Reset().Observations.ToArray()

    for _ in 1 .. horizon * student.Schedule.NumEvalEpisodes do
        let each = Seq.zip specialists (Array.chunkBySize columns rows)
        tensor rows, tensor (Array.concat [ for policy, row in each -> policy.Act(row[..38], 0) ])
        use actions = network.forward (tensor rows)
        rows <- environments.Step(actions.data<float32>().ToArray()).Observations.ToArray()
|]

for round in 1..10 do
    let saved = $"{folder}/round-{round}.dat"

    if File.Exists saved then
        network.load saved |> ignore
    else
        torch.manual_seed (int64 round) |> ignore
        let rows, actions = Array.unzip (play round)
        Imitation.imitate network (torch.cat rows) (torch.cat actions)
        network.save $"{saved}.new" |> ignore
        File.Move($"{saved}.new", saved)
        printfn $"round {round} of 10"

Imitation.export network student $"{folder}/student.onnx"

for task in (Run.evaluate $"{folder}/student.onnx").Tasks do
    printfn $"student in {task.Name}: success {task.SuccessEver:P0}"
