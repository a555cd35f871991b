"""The words tone.py knows, French and English, without accents; stems end in *.

Chosen by hand for training communities: what learners say of a course, of themselves and of tools. No word of
illness is among them: what they tell is health data (RGPD, article 9).
"""

from __future__ import annotations

STRONG_GOOD = """
ador* excellent* formidable* genial* parfait* passionn* super bravo felicit* fier fiere fiers fieres ravi* enthousias*
amazing awesome great love* wonderful perfect proud brilliant
"""
GOOD = """
aime aimes aimons aimer agreable* aide* aider aidee avance avancer bien bon bonne bons bonnes chouette clair claire
clairs claires comprends comprend compris comprise comprendre confian* content contente contents contentes cool
courage encourag* enrichi* efficace* envie facile* facilement gagne heureu* instructi* interess* joie mieux merci
motiv* patien* plaisir plait positif* positive* progres* rassur* remerci* reussi reussie reussir reussite
satisf* sympa* simple soulag* top utile* valide*
clear confident easy enjoy* fun glad good happy helpful helped interesting like motivated nice pleased progress
thank* thanks useful well understand understood
"""
BAD = """
angois* anxi* bizarre bloqu* bloque bug* complique* confus* colere craint* crain* decalage* decroch* dense dommage
difficil* difficult* dur dure durs dures echou* echec* embet* ennui* enerv* erreur* fatigu* faux flou* galer* gene
honte impossible incompreh* incomplet* injuste inquiet* inquiete insuffisan* isole* lent lente lourd* mal
manque* mauvais* mecontent* penible* perdu* perdue peur plante* pire probleme* rate ratee ratees rame retard
seul seule solitude souci* stress* trist* trop
afraid alone anxious bad behind boring bug bugs complicated confus* difficult disappoint* error* fail* hard late
lost problem* sad slow stress* stuck tired unclear worried wrong
"""
STRONG_BAD = """
catastroph* decourag* desesper* depass* detest* epuis* horribl* insupport* nul nulle nuls nulles panique*
submerg* craque* degout* ecoeur*
awful desperate exhausted hated hopeless horrible overwhelmed terrible useless worthless
"""
NEGATORS = "pas jamais aucun aucune rien sans guere ni not no never none nothing without cannot"
NEGATION_OPENERS = "ne n"
CONTRACTED_NEGATIONS = "don doesn didn isn aren wasn won can couldn wouldn shouldn haven hasn"
STRENGTHENERS = """
tres vraiment tellement si trop beaucoup super hyper completement totalement bcp very really so totally completely
"""

_COURSE = r" (la|ma|cette|votre|notre|le|ce|mon) (formation|cours|parcours|session|stage)\b"
_FOR_GOOD = (
    rf"(?={_COURSE}|( (tout|la|ici|bientot|maintenant|definitivement|pour de bon|comme ca|vraiment|vendredi|demain))?"
    r"($| ,| (car|parce|puisque|si|mais|faute)\b))"
)
"""What may follow "stop": the course, or the end of the clause; "pour ce soir" or "l exercice 3" is another matter."""

LEAVE = (
    r"\b(pense|penser|songe|envisage|compte|prefere|vais|veux|voudrais|dois|envie d|hesite a|crois que je vais)"
    r"( a| serieusement a| peut etre| tout| de)? ?(arreter|abandonner|laisser tomber|quitter|stopper|lacher)\b"
    + _FOR_GOOD,
    r"\b(j|je l) ?(arrete|abandonne)\b" + _FOR_GOOD,
    r"\bje (laisse tomber|lache l affaire|jette l eponge|baisse les bras|quitte (la|cette|ma|votre) formation)\b",
    r"\b(jeter l eponge|mettre fin a (ma|la|cette) (formation|inscription)|me desinscrire|annuler mon inscription)\b",
    r"\b(abandonner|arreter|quitter|stopper) (la|ma|cette|votre) (formation|session)\b",
    r"\bne (vais|pense|souhaite|veux|peux|pourrai|compte) (sans doute |surement |probablement |plus |vraiment )*"
    r"(pas |plus )?((pouvoir )?(continuer|poursuivre)\b" + _FOR_GOOD + r"|(pouvoir )?aller (au bout|jusqu au bout)\b)",
    r"\bne (continue|continuerai|poursuis|poursuivrai) (pas|plus)\b" + _FOR_GOOD,
    r"\bn irai pas (au bout|jusqu au bout)\b",
    r"\bne (finirai|terminerai) (pas|jamais)( la formation)?\b",
    r"\bpas fait(e)? pour moi\b",
    r"\b(drop|dropping) out\b",
    r"\b(quit|quitting|leave|leaving|withdraw from) (the|this|my) (course|program|programme|training)\b",
    r"\b(want|going|thinking|think|thought|decided|plan) (to|of|about|i will|i ll) ?"
    r"(quit|quitting|give up|giving up|leave|leaving|stop|stopping|withdraw)\b",
    r"\bi (give up|quit|am done with this)\b",
    r"\bnot (continue|continuing|going to continue|able to continue)\b",
)
LEAVE_DENIED = (
    r"\b(n|ne|not|never|don t|won t|t|il ne faut)( \w+){0,3} (abandonne\w*|arrete\w*|laisse\w* tomber|lache\w*|jete\w*"
    r"|baisse\w*|quitte\w*|give up|quit|drop out|leave)( pas\b)?",
)
LEAVE_CANCELLED = (
    r"\bfailli\b",
    r"\bmais je (continue|reste|m accroche|tiens bon|n abandonne pas|n arrete pas|ne lache pas)\b",
    r"\bbut i (keep|kept|am staying|m staying|stay|carry on|continue)\b",
)
DISTRESS = (
    r"\b(completement|totalement|vraiment|tout a fait) (perdue?|depassee?|larguee?|decouragee?)\b",
    r"\bje suis (\w+ |de plus en plus |encore plus )?"
    r"(perdue?|depassee?|larguee?|decouragee?|epuisee?|submergee?|debordee?)\b",
    r"\bje suis (a bout|au bout du rouleau)\b",
    r"\b(je me sens|je suis|suis) (\w+ |de plus en plus |encore plus )?(nulle?|seule?|isolee?|bete|incapable)\b",
    r"\b(j ai|je n ai) (\w+ )?(perdu confiance|plus la force|plus le courage|plus de motivation|plus confiance)\b",
    r"\bn (en peux|y arrive|y arriverai|y comprends) (plus|pas|jamais|rien)\b",
    r"\barrive (plus|pas) a (suivre|rattraper|tenir|m en sortir|me motiver|avancer)\b",
    r"\b(j y arrive|j en peux|j y arriverai|j y comprends) (plus|pas|jamais|rien)\b",
    r"\bcomprends? (plus |vraiment )?rien\b",
    r"\b(trop dur|trop difficile|trop complique) pour moi\b",
    r"\b(je craque|je panique|je desespere|envie de pleurer|j ai honte|mal a suivre|du mal a (suivre|tenir))\b",
    r"\b(deux|trois|plusieurs|\d+) semaines dans la vue\b",
    r"\b(deces|divorce|gros soucis?)\b",
    r"\b(je ne sais|sais) (meme )?(pas|plus) par ou commencer\b",
    r"\bi (am|m|feel) (so |really |completely |totally )?(lost|overwhelmed|stupid|hopeless|exhausted|alone)\b",
    r"\b(can t cope|can t take it|falling apart)\b",
)
DISTRESS_DENIED = (
    r"(?<!\ben )(?<!\bencore )\b(pas|plus|jamais) (completement |totalement |vraiment |tout a fait |si |trop )?"
    r"(perdue?|depassee?|larguee?|decouragee?|epuisee?|submergee?|debordee?|nulle?|seule?|isolee?|bete|incapable)\b",
)
TROUBLE = (
    r"\b(ne |n )?(marche|fonctionne|s ouvre|s affiche|charge|demarre|repond) (pas|plus)\b",
    r"\b(refuse de|arrive pas a|impossible de|peux pas|peux plus|pouvons pas) (me |m |se |s |y )?"
    r"(connecter|ouvrir|telecharger|installer|acceder|deposer|charger|afficher|lancer|envoyer|valider)\b",
    r"\bmot de passe (oublie|perdu|refuse|incorrect)",
    r"\b(message d erreur|erreur (\d+|serveur|technique|de connexion))\b",
    r"\b(ecran (noir|blanc|bleu)|page blanche|lien (est )?mort)\b",
    r"\b(bug|bugs|bugge|bogue|plante|plantage|rame|beugue|buggue)\b",
    r"\bpage s est rechargee\b",
    r"\b(connexion|wifi|internet|ordinateur|ordi|pc|site|plateforme|logiciel|video|micro|son|lien|page)( \w+){0,4} "
    r"(coupee?|lente?|en panne|rendu l ame|hs|casse|inaccessible|bloquee?|plus rien)\b",
    r"\b(does not|doesn t|won t|not|isn t) (work|working|load|loading|open|opening)\b",
    r"\b(can t|cannot|unable to) (log|sign|connect|open|download|upload|access|install)\b",
    r"\b(crash|crashes|crashed|error message|broken link)\b",
)
TROUBLE_DENIED = (
    r"\b(marche|fonctionne) pas (toujours |forcement )?(du premier coup|a tous les coups)\b",
    r"\bca (ne )?(marche|fonctionne) pas (toujours|forcement)\b",
)
THANKS = (r"\b(merci|mercis|remercie\w*|remerciements|mci)\b", r"\b(thanks|thank you|thx|cheers)\b")
ASKS = (
    r"^(bonjour |bonsoir |salut |hello |hi )?(\w+ )?(est ce qu|qu est ce|pourquoi|comment|combien|quand|ou se|ou est"
    r"|ou puis|ou peut|quel|quelle|quels|quelles|qui (peut|sait|a|pourrait)|quelqu un (a|aurait|peut|sait|pourrait)"
    r"|peut on|puis je|pourriez vous|pouvez vous|peux tu|pourrais tu|sait on|savez vous|y a t il|faut il"
    r"|how|why|when|where|what|which|who|can (i|you|we|someone|anyone)|could (you|someone)|does anyone|is there)\b",
    r"\b(quelqu un (peut|pourrait|aurait|saurait)|j aimerais savoir|je voudrais savoir|je me demande|une question"
    r"|i wonder|wondering if)\b",
)
