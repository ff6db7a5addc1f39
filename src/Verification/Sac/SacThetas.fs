/// Compares HiP-BMDP's task encodings of the rows of the first batch, by each way of sampling ("theta/…").
module internal MtrlFunctional.Verification.SacThetas

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.SacGolden
open MtrlFunctional.Verification.SacWriting

/// The tasks that the recorded mean of training is taken over.
let private trained (recording: Recording) =
    let model =
        (metadata recording.File "cfg")
            .GetProperty("mt")
            .GetProperty("task_encoder_cfg")
            .GetProperty
            "model_cfg"

    [
        for task in (model.GetProperty "train_env_id").EnumerateArray() -> task.GetInt32()
    ]

/// The encodings of given tasks, each by its way, one after the other.
let private encodings (recording: Recording) (state: SacState) rows =
    let agent = recording.Agent
    let encoder = Option.get agent.TaskEncoder
    let weights = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values

    rows
    |> List.toArray
    |> Array.collect (fun (task, way) ->
        let ways =
            List.init agent.Config.Tasks (fun i -> if i = task then way else TaskSampling.Own)

        let all = TaskSampling.run encoder ways weights
        Tensor.toDoubles (Tensor.narrow 0 (int64 task) 1L all))

/// No checks where the file has no such encodings.
let verify (recording: Recording) (state: SacState) : Check list =
    let { File = file; Writing = writing } = recording

    if file.Contains "theta/embedding" then
        let tasks =
            (writing.Rows file writing.Updates.Head).Tasks |> Array.map int |> Array.toList

        let ofTraining = TaskSampling.MeanOf(trained recording)
        let others = TaskSampling.MeanOf [ 1 .. recording.Agent.Config.Tasks - 1 ]
        let all way = [ for task in tasks -> task, way ]

        [
            for name, rows in
                [
                    "embedding", all TaskSampling.Own
                    "zero", all TaskSampling.OfZeros
                    "mean", all others
                    "mean_train", all ofTraining
                    "eval_base_base_interp_extrap",
                    [ 1, TaskSampling.Own; 2, TaskSampling.Own; 3, ofTraining; 4, ofTraining ]
                ] ->
                Check.scaled
                    file.Path
                    1e-11
                    $"theta/{name}"
                    (file.ReadDoubles $"theta/{name}")
                    (encodings recording state rows)
        ]
    else
        []
