/// Fits the value function to the returns of an iteration.
module internal MtrlFunctional.Algorithms.ValueFitting

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Loss of each row, from values and targets, in units of the output.
let rowLoss (loss: ValueLoss) (parameters: Weights) (value: Tensor) (target: Tensor) =
    match loss with
    | GaussianLikelihood -> Tensor.neg (Gaussian.logDensity value parameters["std"] target)
    | SquaredError -> 0.5 *. Tensor.square (value .- target)

/// The fit of all rows as a problem for Adam.
let problem
    agent
    (state: OnPolicyState)
    (network: ValueNetwork)
    (prepared: Prepared)
    : RowProblem.RowProblem =
    let target = OnPolicyNetworks.inOutputs agent state prepared.Return

    {
        Layout = agent.ValueLayout
        Block = OnPolicyConfig.sequence agent.Config
        Columns = [| prepared.ValueObs; prepared.Step; target |]
        Shape = fun _ columns -> columns
        Fused = FusedMlp.value agent network target prepared
        Loss =
            fun activeTask parameters columns weight ->
                let agent = { agent with ActiveTask = activeTask }
                let parameters = OnPolicyNetworks.valueWithEmbeddings agent state parameters
                let value = OnPolicyNetworks.value agent parameters columns[0] columns[1]

                Tensor.sum (weight .* rowLoss network.Loss parameters value columns[2])
        Surgery = RowProblem.surgeryOf agent.Config "value" agent.ValueLayout _.OfValue
        Mask = agent.Mask |> Option.map _.Value
    }

/// The loss of parameters over all rows.
let loss agent state (network: ValueNetwork) prepared (values: Tensor) =
    let problem = problem agent state network prepared

    Tensors.constant Seq.singleton (fun () ->
        problem.Loss None (Layout.views agent.ValueLayout values) problem.Columns prepared.Weight)

/// The loss of the value predictions before the update, over all rows.
let lossBefore agent (state: OnPolicyState) (network: ValueNetwork) prepared =
    Tensors.constant Seq.singleton (fun () ->
        let inOutputs = OnPolicyNetworks.inOutputs agent state
        let before, target = inOutputs prepared.Value, inOutputs prepared.Return
        let parameters = Layout.views agent.ValueLayout state.Value.Values
        Tensor.sum (prepared.Weight .* rowLoss network.Loss parameters before target))

/// Coefficients by least squares.
let private fitLinear
    agent
    (state: OnPolicyState)
    ridge
    (prepared: Prepared)
    : MinibatchTraining.Fitted =
    let features = LinearValue.features prepared.Obs prepared.Step

    let isRow =
        Tensor.toType (Tensor.scalarType prepared.Weight) (Tensor.isPositive prepared.Weight)

    let coefficients = LinearValue.fit ridge features isRow prepared.Return

    {
        Trained = {
            state.Value with
                Values = Tensor.clone (Tensor.reshape [| -1L |] coefficients)
                Steps = state.Value.Steps + 1L
        }
        Losses = []
        Epochs = 1
        Memory = state.ValueSurgery
    }

/// The fitted parameters.
let fit shards agent (state: OnPolicyState) (prepared: Prepared) : MinibatchTraining.Fitted =
    let iteration = prepared.Iteration

    match agent.Config.Value with
    | LinearFeatures ridge -> fitLinear agent state ridge prepared
    | ValueNetwork network ->
        MinibatchTraining.run
            shards
            network.Training
            iteration.Progress
            (problem agent state network prepared)
            prepared.Rows
            iteration.ValueOrder
            (fun _ -> false)
            state.ValueSurgery
            state.Value
