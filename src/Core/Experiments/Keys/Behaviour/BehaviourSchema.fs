namespace MtrlFunctional.Experiments

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Behaviour =
    open Schema

    /// A new switch is a field of `Behaviour`, a value in the module of its subject and its two lines here.
    let schema =
        schema {
            let! oneHotTasks = LoopSwitches.oneHotTasks
            and! balancedBatches = LoopSwitches.balancedBatches
            and! storeResetObservation = LoopSwitches.storeResetObservation
            and! separateEvaluation = LoopSwitches.separateEvaluation
            and! independentIntervals = LoopSwitches.independentIntervals
            and! rawReturns = LoopSwitches.rawReturns
            and! frequenciesInUpdates = LoopSwitches.frequenciesInUpdates
            and! sharedEncoder = EncoderSwitches.sharedEncoder
            and! trainActorEncoder = EncoderSwitches.trainActorEncoder
            and! trainFirstEmbedding = EncoderSwitches.trainFirstEmbedding

            and! trainThetaWithoutContrastiveLoss =
                EncoderSwitches.trainThetaWithoutContrastiveLoss

            and! pairwiseContrastiveLoss = EncoderSwitches.pairwiseContrastiveLoss
            and! applyAttentionDetach = EncoderSwitches.applyAttentionDetach
            and! dotProductAttention = EncoderSwitches.dotProductAttention
            and! filmPerFeature = EncoderSwitches.filmPerFeature
            and! trainablePtslInit = EncoderSwitches.trainablePtslInit
            and! ignoreCase = EncoderSwitches.ignoreCase
            and! surgeryOfSharedParameters = SurgerySwitches.surgeryOfSharedParameters
            and! sumSurgeryOverLosses = SurgerySwitches.sumSurgeryOverLosses
            and! gradNormFirstLoss = SurgerySwitches.gradNormFirstLoss
            and! exactSquashDensity = SacSwitches.exactSquashDensity
            and! equalEpisodesPerTask = OnPolicySwitches.equalEpisodesPerTask
            and! divideAdvantagesByStd = OnPolicySwitches.divideAdvantagesByStd
            and! bootstrapTimeLimits = OnPolicySwitches.bootstrapTimeLimits
            and! paddingInAdvantages = OnPolicySwitches.paddingInAdvantages
            and! acceptStepAtBound = OnPolicySwitches.acceptStepAtBound
            and! projectStd = OnPolicySwitches.projectStd
            and! fiftyTasksInMt50 = OnPolicySwitches.fiftyTasksInMt50
            and! distralRowsPerTask = DistralSwitches.distralRowsPerTask
            and! distralLogRatioInLosses = DistralSwitches.distralLogRatioInLosses
            and! distralForwardKl = DistralSwitches.distralForwardKl
            and! evaluateDistralAgents = DistralSwitches.evaluateDistralAgents

            return {
                OneHotTasks = oneHotTasks
                BalancedBatches = balancedBatches
                StoreResetObservation = storeResetObservation
                SeparateEvaluation = separateEvaluation
                IndependentIntervals = independentIntervals
                RawReturns = rawReturns
                FrequenciesInUpdates = frequenciesInUpdates
                SharedEncoder = sharedEncoder
                TrainActorEncoder = trainActorEncoder
                TrainFirstEmbedding = trainFirstEmbedding
                TrainThetaWithoutContrastiveLoss = trainThetaWithoutContrastiveLoss
                PairwiseContrastiveLoss = pairwiseContrastiveLoss
                ApplyAttentionDetach = applyAttentionDetach
                DotProductAttention = dotProductAttention
                FilmPerFeature = filmPerFeature
                TrainablePtslInit = trainablePtslInit
                IgnoreCase = ignoreCase
                SurgeryOfSharedParameters = surgeryOfSharedParameters
                SumSurgeryOverLosses = sumSurgeryOverLosses
                GradNormFirstLoss = gradNormFirstLoss
                ExactSquashDensity = exactSquashDensity
                EqualEpisodesPerTask = equalEpisodesPerTask
                DivideAdvantagesByStd = divideAdvantagesByStd
                BootstrapTimeLimits = bootstrapTimeLimits
                PaddingInAdvantages = paddingInAdvantages
                AcceptStepAtBound = acceptStepAtBound
                ProjectStd = projectStd
                FiftyTasksInMt50 = fiftyTasksInMt50
                DistralRowsPerTask = distralRowsPerTask
                DistralLogRatioInLosses = distralLogRatioInLosses
                DistralForwardKl = distralForwardKl
                EvaluateDistralAgents = evaluateDistralAgents
            }
        }
