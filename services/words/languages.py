"""Which language a text is in, by its commonest small words.

The rule: it is only said where one language has more of them than every other; names and most single words
are of no language, and so are single letters. Words are compared in small letters and without
accents. Among the English ones are some that come with insults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_SMALL_WORDS = {
    "english": """
        about again all am an and are as at be been but by can did do does from get go gonna got had has
        have he her here him his how if in is it its just let like me more my never no not now of off on
        one or our out over she so some such than that the their them then there these they this those
        to too up us was we were what when where which who why will with would you your yours yourself
        please shut stupid dumb dirty ugly fuck fucking loser idiot bitch hate kill
    """,
    "german": """
        aber alle als am an auch auf aus bei bin bist da das dass dein dem den der des dich die dir doch
        du ein eine einem einen einer er es euch fur habe hat ich ihr im in ist ja kein keine komm man
        mein mich mir mit nach nicht nie noch nun nur ohne schon sein sich sie sind so uber um und uns
        unter vom von vor was weil wenn wie wir wo zu zum zur
    """,
    "french": """
        ai au aux avec ce ces cet cette comme dans de des du elle elles en es est et etait il ils je
        jamais la le les leur lui ma mais me mes moi mon ne nos notre nous on ou par pas plus pour qu
        que qui sa sans se ses si son sont suis sur ta te tes toi ton tout tres tu un une vos votre vous
    """,
    "spanish": """
        al como con cuando de del desde donde el ella ellos en era eres es esta este estoy fue ha hay la
        las le lo los mas me mi mis muy no nos nuestro para pero por porque que quien se sera si sin
        sobre somos son soy su sus te tiene tu un una uno va ya yo
    """,
    "portuguese": """
        ao aos as com como da das de do dos ela ele em era essa esse esta eu foi isso ja la mais mas me
        meu minha muito na nao nas nem no nos nossa os ou para pela pelo por pra quando que se sem ser
        seu so sou sua tao te tem tu um uma vai voce
    """,
    "italian": """
        ai al alla che chi ci come con cosa cui da dal de dei del della delle di dove ed era fa gli ha
        ho il in io la le lei li lo lui ma me mi mia mio ne nei nel nella noi non per piu quando quel
        questa questo se sei senza si sono sua suo sul sulla ti tra tu tua tuo un una uno vi voi
    """,
    "catalan": """
        al amb com de del dels el els em en es jo la les mes meu no per pero que quan se si soc son tot
        tu un una va
    """,
    "dutch": """
        aan al als ben bent bij daar dan dat de deze die dit doen door een en er geen haar had hebben
        heb het hem hier hij hoe ik in is ja je jij kan maar me meer mij mijn moet naar niet nog nu of
        om onder ons ook op over te tot uit van veel voor was wat we weer wel wij wil zal ze zich zij
        zijn zo zonder
    """,
    "danish": """
        af alle alt at blev da de dem den denne der deres det dig din dit dog du efter eller en end er
        et for fra ham han har havde hende her hun hvad hvem hvor ikke ind jeg jer kan kom lidt lige man
        med meget men mig min mit mod nar ned nu og om op os over pa sa sig sin skal som til ud under
        var ved vi vil vor
    """,
    "norwegian": """
        av bare da de deg den der det din ditt du eg eller en er et for fra ham han har hun hva hvor
        ikke jeg kan med meg men min mitt na noe og om opp oss pa sa seg skal som til ut var ved vi vil
    """,
    "swedish": """
        alla att av bara da de dem den det dig din ditt du efter ej eller en ett for fran ga ha han har
        hon hur inte jag kan man med mig min mitt mot nar nu och om oss pa sa sig som till ut var vi vid
        vill ar
    """,
    "finnish": """
        ei en ja joka jos kuin kun me mika mina minun minut mutta ne niin nyt olen olet on ovat se sen
        sina sinun sinut taa tama te vain vaan
    """,
    "polish": """
        ale az bez bo by byc ci cie co czy dla do gdy gdzie ich ja jak jest jestem juz ku ma mam mi mnie
        moj moja na nad nas nie nigdy od on ona pod po przez sie sa ta tak tam te ten to ty we wiec za
        ze zeby
    """,
    "czech": """
        aby ale ani az bez bude by byl co do ja jak je jen jeho jsem jsi jsou kde kdyz ktery ma me mi
        moje my na nad ne nebo neni od po pod pro se si tak ten to tu ty ve vse za ze
    """,
    "romanian": """
        ai al am ar are as au ca cand care ce cu da de din doar ea ei el eu fara il in inca la lui mai
        mea meu mi nu pe pentru sa se si sunt te tu un una unde va vom
    """,
    "turkish": """
        ama ben bana beni benim bir biz bu cok da daha de degil diye gibi gel hem her icin ile kadar ki
        mi mu ne olan sana sen seni senin siz su ve var ya yok
    """,
    "hungarian": """
        az azt be csak de egy el en es ez ezt ha hogy hol is itt ki le meg mert mi mint most nem neked
        nekem ott se te ugy van vagy
    """,
    "indonesian": """
        ada adalah aku akan anda apa atau bagi bisa dalam dan dari dengan di dia engkau hati ini itu
        jangan juga kamu karena ke kita ku lagi mu oleh pada pun saja sangat saya seperti sudah tak
        telah tidak untuk yang
    """,
    "tagalog": """
        ako akin ang ano at ay ba dahil di din ha hindi ikaw ito iyo iyong ka kami kang kapag kay ko
        kong kung lang lahat mga mo mong na naman namin nang nasa natin ng ni nila nito niya nga oo para
        pag pero po sa sana sayo si siya sila tayo wag yung
    """,
    "japanese": """
        anata boku da dake de demo desu doko ga ima ka kara kimi kono koto kudasai made mo nai nani ni
        no sono sora sou to wa watashi wo yo
    """,
    "swahili": """
        ana ili hapa hii huyu kama katika kwa kwamba la lakini mimi moyo na nami ni sana si sisi wa wake
        wako wangu wewe ya yake yangu yeye za
    """,
}
_LANGUAGES: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES.setdefault(_word, []).append(_language)


def language_of(words: Iterable[str]) -> str:
    """The language of the words; "" where that cannot be told."""
    found = Counter(language for word in words for language in _LANGUAGES.get(word, ()))
    ranked = found.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]
